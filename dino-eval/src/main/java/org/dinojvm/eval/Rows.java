package org.dinojvm.eval;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.ndarray.buffer.IntDataBuffer;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Matrices between Java's rows and native tensors. */
public final class Rows {

  private Rows() {}

  /** Copies rows {@code from} (inclusive) to {@code to} (exclusive): (to − from, D). */
  public static TFloat32 toTensor(float[][] rows, int from, int to) {
    int width = rows[from].length;
    return TFloat32.tensorOf(
        Shape.of(to - from, width),
        tensor -> {
          FloatDataBuffer buffer = tensor.asRawTensor().data().asFloats();
          for (int row = from; row < to; row++) {
            buffer.offset((long) (row - from) * width).write(rows[row]);
          }
        });
  }

  /** Copies all rows: (N, D). */
  public static TFloat32 toTensor(float[][] rows) {
    return toTensor(rows, 0, rows.length);
  }

  /** Copies a (N, D) tensor into rows. */
  public static float[][] of(TFloat32 tensor) {
    float[][] rows = new float[rowsOf(tensor.shape())][widthOf(tensor.shape())];
    FloatDataBuffer buffer = tensor.asRawTensor().data().asFloats();
    for (int row = 0; row < rows.length; row++) {
      buffer.offset((long) row * rows[row].length).read(rows[row]);
    }
    return rows;
  }

  /** Copies a (N, D) tensor into rows. */
  public static int[][] of(TInt32 tensor) {
    int[][] rows = new int[rowsOf(tensor.shape())][widthOf(tensor.shape())];
    IntDataBuffer buffer = tensor.asRawTensor().data().asInts();
    for (int row = 0; row < rows.length; row++) {
      buffer.offset((long) row * rows[row].length).read(rows[row]);
    }
    return rows;
  }

  private static int rowsOf(Shape matrix) {
    return Math.toIntExact(matrix.get(0));
  }

  private static int widthOf(Shape matrix) {
    return Math.toIntExact(matrix.get(1));
  }
}
