package org.dinojvm.train;

import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.train.config.TrainConfig;

/** A run so small that tests can train it, with all parts of a large one. */
public final class MicroRun {

  private MicroRun() {}

  /** Two blocks of width 32 on views of 32 and 16 pixels; the last layer thaws after an epoch. */
  public static TrainConfig config(Path data, Path output) {
    return TrainConfig.defaults()
        .with(Map.of("arch", "vit_tiny", "embed_dim", 32, "depth", 2, "num_heads", 2))
        .with(Map.of("patch_size", 8, "global_crops_size", 32, "local_crops_size", 16))
        .with(Map.of("local_crops_number", 2, "eval_crop_size", 32, "eval_resize_size", 36))
        .with(Map.of("out_dim", 64, "head_hidden_dim", 48, "head_bottleneck_dim", 16))
        .with(Map.of("batch_size_per_gpu", 8, "epochs", 2, "warmup_epochs", 1, "lr", 0.01))
        .with(Map.of("log_every_steps", 1, "threads", 2))
        .with(Map.of("data_path", data.toString(), "output_dir", output.toString()));
  }
}
