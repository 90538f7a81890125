package org.dinojvm.weights.network;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.List;
import org.dinojvm.weights.Messages;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/** Finds NaN and infinite values, which a network turns into features without a word. */
public final class FiniteCheck {
  private static final int SIGN = 0x80000000;
  private static final int INFINITY = 0x7f800000; // NaN has larger bits

  private FiniteCheck() {}

  /** Whether no value is NaN or infinite. */
  public static boolean allFinite(float[] values) {
    int largest = 0;
    for (float value : values) { // integers: a loop that the compiler makes vectors of
      largest = Math.max(largest, Float.floatToRawIntBits(value) & ~SIGN);
    }
    return largest < INFINITY;
  }

  /** The same for a tensor of any shape. */
  public static boolean allFinite(TFloat32 tensor) {
    return allFinite(copy(tensor));
  }

  /** A tensor's elements in row-major order. */
  static float[] copy(TFloat32 tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    FloatDataBuffer data = tensor.asRawTensor().data().asFloats();
    data.read(values);
    return values;
  }

  /**
   * Refuses weights that are not finite.
   *
   * @param names of those that are not
   */
  static void refuse(List<String> names) {
    checkArgument(
        names.isEmpty(),
        "%s weights are not finite (NaN or infinite): %s; take weights from before that happened",
        names.size(),
        Messages.list(names));
  }
}
