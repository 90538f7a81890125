package org.dinojvm.verify.backbone;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A published convolutional network with {@link NoiseWeights}, evaluated and in training mode,
 * which these weights leave well-conditioned.
 */
public final class NoiseCheck implements Check {

  private static final String TRAINED = "features_train";

  private static final ImmutableMap<String, Double> TOLERANCES =
      ImmutableMap.of("features_eval", 1e-5, TRAINED, 1e-4, "after_train", 1e-4);

  /** Side of the pictures that the published networks are laid out for. */
  private static final int IMAGE_SIZE = 224;

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    OutputsComparison comparison = new OutputsComparison(file, comparisons, TOLERANCES);
    Backbone network =
        BackboneSettings.of(ImmutableMap.of("arch", file.text("model"))).create(IMAGE_SIZE);
    NoiseWeights weights = NoiseWeights.of(file);
    try (Forward forward =
        new Forward(
            (tf, params, images) -> outputs(network, comparison, tf, params, images),
            params -> sampled(weights.of(params), file, comparisons))) {
      comparison.compare(forward, forward.names(), TRAINED);
    }
    file.requireAllUsed();
  }

  private static ImmutableMap<String, Operand<TFloat32>> outputs(
      Backbone network,
      OutputsComparison comparison,
      Ops tf,
      Params params,
      Operand<TFloat32> images) {
    return ImmutableMap.<String, Operand<TFloat32>>builder()
        .put("features_eval", network.features(tf, params, images, Mode.EVALUATION))
        .put(TRAINED, network.features(tf, params, images, Mode.TEACHER))
        .putAll(comparison.statistics(params))
        .buildOrThrow();
  }

  /** The weights, the first elements of some held against those in the file. */
  private static Map<String, Weight> sampled(
      Map<String, Weight> weights, ReferenceFile file, Comparisons comparisons) {
    file.below("sample.")
        .forEach(
            (name, sample) -> {
              float[] first = Arrays.copyOf(weights.get(name).floats(), sample.size());
              comparisons.add("weights by formula", name, first, sample.floats(), 0);
            });
    return weights;
  }
}
