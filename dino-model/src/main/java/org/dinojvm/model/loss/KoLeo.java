package org.dinojvm.model.loss;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * Spreads features over the sphere (Sablayrolles et al. 2019, arXiv:1806.03198; DINOv2's {@code
 * koleo_loss.py}): minus the logarithm of the distance to the nearest other feature of the batch.
 */
public final class KoLeo {

  private static final float EPSILON = 1e-8f;

  private KoLeo() {}

  /**
   * Builds the loss.
   *
   * @param features of one crop of each picture, [B, D]
   * @return scalar
   */
  public static Operand<TFloat32> of(Ops tf, Operand<TFloat32> features) {
    Operand<TFloat32> squared =
        tf.reduceSum(tf.math.square(features), tf.constant(1), ReduceSum.keepDims(true));
    Operand<TFloat32> unit =
        tf.math.mul(
            features, tf.math.rsqrt(tf.math.maximum(squared, tf.constant(EPSILON * EPSILON))));
    Operand<TFloat32> nearest = // [B, D]
        tf.gather(unit, nearest(tf, tf.stopGradient(unit)), tf.constant(0));
    Operand<TFloat32> difference = tf.math.add(tf.math.sub(unit, nearest), tf.constant(EPSILON));
    Operand<TFloat32> distance =
        tf.math.sqrt(tf.reduceSum(tf.math.square(difference), tf.constant(1)));
    return tf.math.neg(
        tf.math.mean(tf.math.log(tf.math.add(distance, tf.constant(EPSILON))), tf.constant(0)));
  }

  /** Which other row has the largest product with each: [B, D] → [B]. */
  private static Operand<TInt64> nearest(Ops tf, Operand<TFloat32> unit) {
    Operand<TFloat32> products = tf.linalg.matMul(unit, unit, MatMul.transposeB(true));
    Operand<TInt32> rows =
        tf.reshape(
            tf.slice(tf.shape(unit), tf.constant(new int[] {0}), tf.constant(new int[] {1})),
            tf.constant(new int[0]));
    Operand<TFloat32> self =
        tf.oneHot(
            tf.range(tf.constant(0), rows, tf.constant(1)), rows, tf.constant(1f), tf.constant(0f));
    Operand<TFloat32> others = tf.math.mul(products, tf.math.sub(tf.constant(1f), self));
    return tf.math.argMax(tf.math.sub(others, self), tf.constant(1)); // self counts −1
  }
}
