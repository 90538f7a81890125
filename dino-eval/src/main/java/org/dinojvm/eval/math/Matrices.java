package org.dinojvm.eval.math;

import org.tensorflow.EagerSession;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DoubleDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.linalg.SelfAdjointEig;
import org.tensorflow.types.TFloat64;

/**
 * Products and decompositions of matrices in double precision, by TensorFlow's native kernels.
 *
 * <p>Letters in shapes: N rows, D columns.
 */
public final class Matrices {

  private static final int ROWS_AT_A_TIME = 4096;

  private Matrices() {}

  /**
   * Eigenvalues, the largest first, and their vectors.
   *
   * @param values [D]
   * @param vectors [D, D], each row a vector of length 1
   */
  public record Eigen(double[] values, double[][] vectors) {}

  /**
   * The mean of rows.
   *
   * @param rows [N, D]
   * @return [D]
   */
  public static double[] mean(float[][] rows) {
    double[] mean = new double[rows[0].length];
    for (float[] row : rows) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= rows.length;
    }
    return mean;
  }

  /**
   * The matrix of second moments about a point, Σ (x − c)(x − c)ᵀ / N.
   *
   * @param rows [N, D]
   * @param center [D], c: the mean for the covariance, zeros for uncentered moments
   * @return [D, D]
   */
  public static double[][] moments(float[][] rows, double[] center) {
    int width = center.length;
    double[][] sum = new double[width][width];
    byBlocks(
        rows,
        center,
        (tf, first, block) ->
            add(
                sum,
                StdArrays.array2dCopyOf(
                    tf.linalg.matMul(block, block, MatMul.transposeA(true)).asTensor())));
    for (double[] row : sum) {
      for (int i = 0; i < width; i++) {
        row[i] /= rows.length;
      }
    }
    return sum;
  }

  private static void add(double[][] sum, double[][] more) {
    for (int row = 0; row < sum.length; row++) {
      for (int i = 0; i < sum[row].length; i++) {
        sum[row][i] += more[row][i];
      }
    }
  }

  /**
   * (x − c) Mᵀ for each row x.
   *
   * @param rows [N, D]
   * @param center [D], c
   * @param matrix [K, D], M
   * @return [N, K]
   */
  public static double[][] project(float[][] rows, double[] center, double[][] matrix) {
    double[][] projected = new double[rows.length][];
    try (TFloat64 right = StdTensors.of(matrix)) {
      byBlocks(
          rows,
          center,
          (tf, first, block) -> {
            double[][] some =
                StdArrays.array2dCopyOf(
                    tf.linalg
                        .matMul(block, tf.constantOf(right), MatMul.transposeB(true))
                        .asTensor());
            System.arraycopy(some, 0, projected, first, some.length);
          });
    }
    return projected;
  }

  /** Takes some rows, [n, D], of which the first has a number among all. */
  @FunctionalInterface
  private interface BlockConsumer {
    void accept(Ops tf, int first, Operand<TFloat64> block);
  }

  /** Gives some rows at a time, each less the center, so that no copy of all is needed. */
  private static void byBlocks(float[][] rows, double[] center, BlockConsumer consumer) {
    for (int from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
      int to = Math.min(from + ROWS_AT_A_TIME, rows.length);
      try (EagerSession session = EagerSession.create();
          TFloat64 part = shifted(rows, from, to, center)) {
        Ops tf = Ops.create(session);
        consumer.accept(tf, from, tf.constantOf(part));
      }
    }
  }

  /** (to − from, D). */
  private static TFloat64 shifted(float[][] rows, int from, int to, double[] center) {
    int width = center.length;
    return TFloat64.tensorOf(
        Shape.of(to - from, width),
        tensor -> {
          DoubleDataBuffer buffer = tensor.asRawTensor().data().asDoubles();
          double[] values = new double[width];
          for (int row = from; row < to; row++) {
            for (int i = 0; i < width; i++) {
              values[i] = rows[row][i] - center[i];
            }
            buffer.offset((long) (row - from) * width).write(values);
          }
        });
  }

  /**
   * Eigenvalues and eigenvectors of a symmetric matrix.
   *
   * @param symmetric [D, D]
   */
  public static Eigen eigen(double[][] symmetric) {
    int width = symmetric.length;
    try (EagerSession session = EagerSession.create();
        TFloat64 matrix = StdTensors.of(symmetric)) {
      Ops tf = Ops.create(session);
      SelfAdjointEig<TFloat64> found = tf.linalg.selfAdjointEig(tf.constantOf(matrix));
      double[] ascending = StdArrays.array1dCopyOf(found.e().asTensor());
      double[][] columns = StdArrays.array2dCopyOf(found.v().asTensor());
      double[] values = new double[width];
      double[][] vectors = new double[width][width];
      for (int i = 0; i < width; i++) {
        values[i] = ascending[width - 1 - i];
        for (int j = 0; j < width; j++) {
          vectors[i][j] = columns[j][width - 1 - i];
        }
      }
      return new Eigen(values, vectors);
    }
  }

  /**
   * Products of all rows of two matrices, A Bᵀ.
   *
   * @param left [N, D], A
   * @param right [M, D], B
   * @return [N, M]
   */
  public static double[][] products(double[][] left, double[][] right) {
    try (EagerSession session = EagerSession.create();
        TFloat64 a = StdTensors.of(left);
        TFloat64 b = StdTensors.of(right)) {
      Ops tf = Ops.create(session);
      return StdArrays.array2dCopyOf(
          tf.linalg.matMul(tf.constantOf(a), tf.constantOf(b), MatMul.transposeB(true)).asTensor());
    }
  }
}
