package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightFile;
import org.dinojvm.weights.torch.TorchFile;

/** A checkpoint of the published script: the final state of a run of training steps. */
public final class CheckpointCheck implements Check {

  private final Path run;

  /**
   * @param run the file of training steps after which the checkpoint was written
   */
  public CheckpointCheck(Path run) {
    this.run = run;
  }

  @Override
  public void run(Path path, Comparisons comparisons) {
    Object content = TorchFile.read(path);
    checkArgument(content instanceof Map, "not a checkpoint: it holds no names");
    ReferenceFile trained = ReferenceFile.read(run);
    for (String network : ImmutableList.of("student", "teacher")) {
      SameWeights.compare(
          WeightFile.read(path, network).weights(),
          trained.below(network + "."),
          network + " equals that of " + run.getFileName(),
          comparisons);
    }
    compareCenter((Map<?, ?>) content, trained, comparisons);
    compareEpoch((Map<?, ?>) content, trained, comparisons);
  }

  private static void compareCenter(
      Map<?, ?> content, ReferenceFile trained, Comparisons comparisons) {
    Object center = content.get("dino_loss") instanceof Map<?, ?> loss ? loss.get("center") : null;
    checkArgument(center instanceof Weight, "no tensor 'center' in 'dino_loss'");
    Weight centers = trained.tensor("centers");
    long last = centers.shape().get(0) - 1;
    SameWeights.compare(
        "center",
        (Weight) center,
        centers.rows(last, last + 1),
        "center equals the last",
        comparisons);
  }

  private static void compareEpoch(
      Map<?, ?> content, ReferenceFile trained, Comparisons comparisons) {
    checkArgument(content.get("epoch") instanceof Long, "'epoch' is %s", content.get("epoch"));
    long epoch = (Long) content.get("epoch");
    comparisons.add("epoch", "epoch", (double) Math.abs(epoch - trained.whole("epochs")), 0);
  }
}
