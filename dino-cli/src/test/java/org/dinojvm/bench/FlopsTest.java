package org.dinojvm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.dinojvm.model.convolution.ResNet;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.Test;

/** Operations counted from architectures, against counts by hand and published ones. */
class FlopsTest {

  private static final TrainConfig SMALL =
      TrainConfig.defaults()
          .with(Map.of("arch", "vit_tiny", "embed_dim", 8, "depth", 2, "num_heads", 2))
          .with(Map.of("patch_size", 4, "global_crops_size", 8, "local_crops_size", 4))
          .with(Map.of("local_crops_number", 3, "out_dim", 10, "head_hidden_dim", 6))
          .with(Map.of("head_bottleneck_dim", 5, "batch_size_per_gpu", 7));

  /** 4 patches of 48 numbers and a class token; 1 patch of a local crop. */
  private static final long GLOBAL =
      4L * 48 * 8 + 2L * (5 * 8 * 24 + 5 * 8 * 8 + 2 * (5 * 5 * 8) + 2 * (5 * 8 * 32));

  private static final long LOCAL =
      48L * 8 + 2L * (2 * 8 * 24 + 2 * 8 * 8 + 2 * (2 * 2 * 8) + 2 * (2 * 8 * 32));

  private static final long HEAD = 8L * 6 + 6 * 6 + 6 * 5 + 5 * 10;

  @Test
  void stepOfSmallTransformer() {
    long teacher = 2 * (GLOBAL + HEAD);
    long student = 2 * (GLOBAL + HEAD) + 3 * (LOCAL + HEAD);
    assertEquals((double) (2 * 7 * (teacher + 3 * student)), Flops.ofStep(SMALL));
  }

  @Test
  void accumulationAddsBatches() {
    assertEquals(2 * Flops.ofStep(SMALL), Flops.ofStep(SMALL.with(Map.of("accumulate", 2))));
  }

  @Test
  void forwardOfSmallTransformer() {
    assertEquals((double) (2 * 7 * GLOBAL), Flops.ofForward(SMALL));
  }

  @Test
  void stepOfPublishedRecipe() {
    TrainConfig published = TrainConfig.defaults().with(Map.of("batch_size_per_gpu", 4));
    assertEquals(457e9, Flops.ofStep(published), 2e9);
  }

  /** torchvision's documentation: 1.814 and 4.089 G with a classifier of D × 1000. */
  @Test
  void residualNetworks() {
    assertEquals(1.814e9 - 512e3, (double) new ResNet(18).macs(224), 1e6);
    assertEquals(3.664e9 - 512e3, (double) new ResNet(34).macs(224), 1e6);
    assertEquals(4.089e9 - 2048e3, (double) new ResNet(50).macs(224), 1e6);
  }
}
