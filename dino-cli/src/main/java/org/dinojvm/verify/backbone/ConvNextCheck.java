package org.dinojvm.verify.backbone;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.convolution.ConvNext;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A small ConvNeXt with weights of its own, on pictures of several sizes. */
public final class ConvNextCheck implements Check {

  private static final String INTERMEDIATE = "intermediate_";

  /** The final norm, which the published module holds under a second name. */
  private static final String REPEATED = "norms.3.";

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    OutputsComparison comparison = new OutputsComparison(file, comparisons, ImmutableMap.of());
    ConvNext network =
        new ConvNext(
            numbers(file, "depths"), numbers(file, "dims"), file.number("layer_scale_init_value"));
    int layers = file.numbered(comparison.inputs().get(0), INTERMEDIATE);
    try (Forward forward =
        new Forward(
            (tf, params, images) -> outputs(network, layers, tf, params, images),
            params -> weights(file, comparisons))) {
      comparison.compare(forward, forward.names(), "");
    }
    file.requireAllUsed();
  }

  /** A list as JSON has it. */
  private static ImmutableList<Integer> numbers(ReferenceFile file, String key) {
    return Stream.of(file.text(key).replaceAll("[\\[\\] ]", "").split(",", -1))
        .map(Integer::valueOf)
        .collect(ImmutableList.toImmutableList());
  }

  private static Map<String, Weight> weights(ReferenceFile file, Comparisons comparisons) {
    Map<String, Weight> all = file.below("weights.");
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    all.forEach(
        (name, weight) -> {
          if (name.startsWith(REPEATED)) {
            SameWeights.compare(
                name,
                weight,
                all.get("norm." + name.substring(REPEATED.length())),
                "norms.3 repeats norm",
                comparisons);
          } else {
            weights.put(name, weight);
          }
        });
    return weights.buildOrThrow();
  }

  private static ImmutableMap<String, Operand<TFloat32>> outputs(
      ConvNext network, int layers, Ops tf, Params params, Operand<TFloat32> images) {
    ImmutableMap.Builder<String, Operand<TFloat32>> outputs = ImmutableMap.builder();
    Backbone.Pass pass = network.forward(tf, params, images, Mode.EVALUATION);
    outputs.put("cls", pass.features());
    outputs.put("patch_tokens", pass.patchTokens());
    List<Operand<TFloat32>> last = layers == 0 ? List.of() : pass.intermediateLayers(layers);
    for (int i = 0; i < layers; i++) {
      outputs.put(INTERMEDIATE + "cls_" + i, tokens(tf, last.get(i), 0, 1));
      outputs.put(INTERMEDIATE + i, tokens(tf, last.get(i), 1, -1));
    }
    return outputs.buildOrThrow();
  }

  /** [B, T, D] → [B, count, D], from a token on; −1 for all. */
  private static Operand<TFloat32> tokens(Ops tf, Operand<TFloat32> all, int from, int count) {
    Operand<TInt32> begin = tf.constant(new int[] {0, from, 0});
    return tf.slice(all, begin, tf.constant(new int[] {-1, count, -1}));
  }
}
