package org.dinojvm.eval.math;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DoubleDataBuffer;
import org.tensorflow.types.TFloat64;

/** Java's matrices as native tensors. */
public final class StdTensors {

  private StdTensors() {}

  /**
   * Copies rows.
   *
   * @param rows [N, D]
   * @return (N, D), the caller's to close
   */
  public static TFloat64 of(double[][] rows) {
    int width = rows[0].length;
    return TFloat64.tensorOf(
        Shape.of(rows.length, width),
        tensor -> {
          DoubleDataBuffer buffer = tensor.asRawTensor().data().asDoubles();
          for (int row = 0; row < rows.length; row++) {
            buffer.offset((long) row * width).write(rows[row]);
          }
        });
  }
}
