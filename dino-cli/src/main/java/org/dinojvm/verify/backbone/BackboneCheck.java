package org.dinojvm.verify.backbone;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightFile;

/**
 * A backbone's plain weights in one of PyTorch's two formats: equal to those of the other format,
 * and to the network of a training run that they were taken from.
 */
public final class BackboneCheck implements Check {

  private static final String BACKBONE = "backbone.";

  private final Path otherFormat;
  private final Path run;

  /**
   * @param otherFormat the same weights in the other format
   * @param run the file of training steps whose network it may be
   */
  public BackboneCheck(Path otherFormat, Path run) {
    this.otherFormat = otherFormat;
    this.run = run;
  }

  @Override
  public void run(Path path, Comparisons comparisons) {
    ImmutableMap<String, Weight> weights = WeightFile.read(path).weights();
    boolean compared = Files.exists(otherFormat);
    if (compared) {
      SameWeights.compare(
          weights,
          WeightFile.read(otherFormat).weights(),
          "equals " + otherFormat.getFileName(),
          comparisons);
    }
    if (Files.exists(run)) {
      compared |= compareWithRun(weights, comparisons);
    }
    if (!compared) {
      throw new IllegalArgumentException(
          "nothing to compare with: neither %s nor a run that it was taken from is there"
              .formatted(otherFormat.getFileName()));
    }
  }

  /** Compares with the network of the run of which most tensors are equal, if there is one. */
  private boolean compareWithRun(Map<String, Weight> weights, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(run);
    for (String network : ImmutableList.of("teacher.", "student.", "initial.")) {
      Map<String, Weight> candidate = backbone(file.below(network));
      long equal =
          weights.entrySet().stream()
              .filter(entry -> entry.getValue().equals(candidate.get(entry.getKey())))
              .count();
      if (2 * equal > weights.size()) {
        String aspect = "equals the " + network + BACKBONE + "* of " + run.getFileName();
        SameWeights.compare(weights, candidate, aspect, comparisons);
        return true;
      }
    }
    return false;
  }

  private static Map<String, Weight> backbone(Map<String, Weight> network) {
    ImmutableMap.Builder<String, Weight> backbone = ImmutableMap.builder();
    network.forEach(
        (name, weight) -> {
          if (name.startsWith(BACKBONE)) {
            backbone.put(name, weight);
          }
        });
    return backbone.buildOrThrow();
  }
}
