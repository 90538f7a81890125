package org.dinojvm.verify.released;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.Arrays;
import java.util.Map;
import org.dinojvm.verify.Noise;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * Values for a layout: noise by the tensor's number and the element's index, in parts that keep
 * activations from vanishing and from growing with depth.
 */
final class ReleasedWeights {

  /** {@code offset + factor · noise}. */
  private record Range(float offset, float factor) {}

  /** By the end of a vector's name; the first that fits. */
  private static final ImmutableMap<String, Range> VECTORS =
      ImmutableMap.<String, Range>builder()
          .put("bias_mask", new Range(1, 0))
          .put("bias", new Range(0, 0.1f))
          .put("running_mean", new Range(0, 0.1f))
          .put("running_var", new Range(1, 0.25f))
          .put("gamma", new Range(0.5f, 0.25f)) // LayerScale of Vision Transformers and ConvNeXt
          .put("gamma1", new Range(0.5f, 0.25f)) // of XCiT
          .put("gamma2", new Range(0.5f, 0.25f))
          .put("gamma3", new Range(0.5f, 0.25f))
          .put("lambda1", new Range(0.5f, 0.25f)) // in Hugging Face's names
          .put("bn3.weight", new Range(0.25f, 0.1f)) // the end of a ResNet's branch
          .put("weight", new Range(1, 0.25f))
          .buildOrThrow();

  /** A ConvNeXt's final norm under its second name. */
  private static final String REPEATED_NORM = "^norms\\.3\\.";

  private static final Range TOKEN = new Range(0, 0.5f);
  private static final Range TEMPERATURE = new Range(1, 0.25f);
  private static final Range NORM_OF_PROTOTYPE = new Range(1, 0);

  private ReleasedWeights() {}

  /**
   * A view that makes a tensor each time that it is read, so that no network need fit into memory.
   *
   * @param seed tells one network's values from another's
   */
  static Map<String, Weight> of(ImmutableMap<String, Shape> layout, long seed) {
    ImmutableList<String> names = layout.keySet().asList();
    ImmutableMap<String, Integer> numbers =
        Maps.toMap(names, name -> names.indexOf(name.replaceFirst(REPEATED_NORM, "norm.")));
    return Maps.transformEntries(
        layout, (name, shape) -> weight(name, shape, new Noise(seed, numbers.get(name))));
  }

  private static Weight weight(String name, Shape shape, Noise noise) {
    if (name.endsWith("num_batches_tracked")) {
      return Weight.of(shape, new long[] {1000});
    }
    float[] values = new float[(int) shape.size()];
    if (name.endsWith("periods")) {
      fillPeriods(values);
      return Weight.of(shape, values);
    }
    Range range = range(name, shape);
    for (int i = 0; i < values.length; i++) {
      values[i] = range.offset + range.factor * noise.at(i);
    }
    if (name.endsWith("bias_mask")) { // without keys
      Arrays.fill(values, values.length / 3, 2 * values.length / 3, 0);
    }
    return Weight.of(shape, values);
  }

  private static Range range(String name, Shape shape) {
    if (shape.numDimensions() == 1) {
      return VECTORS.entrySet().stream()
          .filter(entry -> name.endsWith(entry.getKey()))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no values for " + name))
          .getValue();
    }
    if (name.endsWith("token")
        || name.endsWith("tokens")
        || name.endsWith("masked_embed")
        || name.endsWith("pos_embed")
        || name.endsWith("position_embeddings")) {
      return TOKEN;
    } else if (name.endsWith("temperature")) {
      return TEMPERATURE;
    } else if (name.endsWith("weight_g")) {
      return NORM_OF_PROTOTYPE;
    }
    double fanIn = (double) shape.size() / shape.get(0);
    return new Range(0, (float) Math.sqrt(3 / fanIn)); // variance 1 / fan-in
  }

  /** 100^(2i / 32), rounded to bfloat16 as in the released files. */
  private static void fillPeriods(float[] values) {
    for (int i = 0; i < values.length; i++) {
      float exact = (float) Math.pow(100, (double) i / values.length);
      int bits = Float.floatToRawIntBits(exact);
      values[i] = Float.intBitsToFloat((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }
  }
}
