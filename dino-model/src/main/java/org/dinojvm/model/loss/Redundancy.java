package org.dinojvm.model.loss;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * How much features of two batches have to do with each other: the entries of C = XᵀY.
 *
 * <p>Letters in shapes: n rows, D features.
 */
final class Redundancy {

  private Redundancy() {}

  /**
   * The squares of C's entries.
   *
   * @param diagonal C_ii, [D]
   * @param offDiagonal Σ_{i≠j} C_ij², scalar
   */
  record Squares(Operand<TFloat32> diagonal, Operand<TFloat32> offDiagonal) {}

  /**
   * Computes them. Σ C_ij² is also Σ (X·Xᵀ)_ab (Y·Yᵀ)_ab, which costs n²D instead of nD²
   * multiplications: with a few pictures and thousands of features a hundredth.
   *
   * @param x [n, D]
   * @param y [n, D]
   */
  static Squares of(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y) {
    long rows = x.shape().get(0);
    long dim = x.shape().get(1);
    Operand<TFloat32> diagonal = tf.reduceSum(tf.math.mul(x, y), tf.constant(0));
    Operand<TFloat32> all =
        rows > 0 && 2 * rows < dim
            ? byRows(tf, x, y)
            : total(tf, tf.math.square(product(tf, x, y)));
    Operand<TFloat32> onDiagonal = tf.reduceSum(tf.math.square(diagonal), tf.constant(0));
    return new Squares(diagonal, tf.math.sub(all, onDiagonal));
  }

  /** XᵀY: [n, D], [n, D] → [D, D]. */
  static Operand<TFloat32> product(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y) {
    return tf.linalg.matMul(x, y, MatMul.transposeA(true));
  }

  private static Operand<TFloat32> byRows(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y) {
    return total(tf, tf.math.mul(gram(tf, x), gram(tf, y)));
  }

  /** X·Xᵀ: [n, D] → [n, n]. */
  private static Operand<TFloat32> gram(Ops tf, Operand<TFloat32> x) {
    return tf.linalg.matMul(x, x, MatMul.transposeB(true));
  }

  private static Operand<TFloat32> total(Ops tf, Operand<TFloat32> x) {
    return tf.reduceSum(x, tf.constant(new int[] {0, 1}), ReduceSum.keepDims(false));
  }
}
