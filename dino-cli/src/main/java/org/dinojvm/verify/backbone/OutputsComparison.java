package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.model.Params;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Compares what a network gives for the inputs of a file with tensors named {@code input.output},
 * and the running statistics that a pass in training mode leaves with those named {@code
 * after_train.*}.
 *
 * @param tolerances by name of output, without the number at its end; those not named have {@link
 *     #TOLERANCE}
 */
record OutputsComparison(
    ReferenceFile file, Comparisons comparisons, ImmutableMap<String, Double> tolerances) {

  static final double TOLERANCE = 3e-5;

  private static final String IMAGES = ".image_nchw";
  private static final String AFTER_TRAINING = "after_train.";

  /** Names of the inputs; there must be one. */
  ImmutableList<String> inputs() {
    ImmutableList<String> inputs = file.namesBefore(IMAGES);
    checkArgument(!inputs.isEmpty(), "no tensor is named *%s, so there is no input", IMAGES);
    return inputs;
  }

  /**
   * The statistics that the file knows, as {@code after_train.*}, of a graph to which a pass in
   * training mode was added before.
   *
   * @param params the network's weights
   */
  ImmutableMap<String, Operand<TFloat32>> statistics(Params params) {
    ImmutableMap.Builder<String, Operand<TFloat32>> statistics = ImmutableMap.builder();
    for (Map.Entry<String, Weight> entry : file.below(AFTER_TRAINING).entrySet()) {
      int dot = entry.getKey().lastIndexOf('.');
      Params level = params;
      for (String part : entry.getKey().substring(0, dot).split("\\.", -1)) {
        level = level.at(part);
      }
      statistics.put(
          AFTER_TRAINING + entry.getKey(),
          level.state(
              entry.getKey().substring(dot + 1),
              entry.getValue().shape(),
              (tf, shape, seed) -> {
                throw new IllegalArgumentException(
                    "%s%s is no statistic of the network"
                        .formatted(AFTER_TRAINING, entry.getKey()));
              }));
    }
    return statistics.buildOrThrow();
  }

  /**
   * Compares all that the file holds of some outputs.
   *
   * @param names of the outputs
   * @param trained the output of the pass in training mode, whose input is that of {@code
   *     after_train.*}
   */
  void compare(Forward forward, Set<String> names, String trained) {
    ImmutableSet<String> statistics =
        names.stream()
            .filter(name -> name.startsWith(AFTER_TRAINING))
            .collect(ImmutableSet.toImmutableSet());
    for (String input : inputs()) {
      ImmutableSet<String> there =
          names.stream()
              .filter(name -> file.has(input + "." + name))
              .collect(ImmutableSet.toImmutableSet());
      Weight images = file.tensor(input + IMAGES);
      forward
          .run(images, Optional.empty(), there)
          .forEach((name, values) -> add(name, input + "." + name, values));
      if (there.contains(trained)) {
        forward
            .run(images, Optional.empty(), statistics)
            .forEach((name, values) -> add("after_train", name, values));
      }
    }
  }

  private void add(String output, String tensor, float[] actual) {
    double tolerance = tolerances.getOrDefault(output.replaceAll("_\\d+$", ""), TOLERANCE);
    comparisons.add(output, tensor, actual, file.tensor(tensor).floats(), tolerance);
  }
}
