package org.dinojvm.model.loss;

import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;

/**
 * A teacher's distributions over prototypes by DINO's center, for class tokens or patches (DINOv2's
 * {@code softmax_center_teacher}).
 *
 * <p>Letters in shapes: n rows, K prototypes.
 *
 * @param momentum share of the old center that stays
 * @param workers over all of whose rows the center is taken
 */
public record Centering(double momentum, Workers workers) {

  /**
   * softmax((t − c)/τ), without gradient.
   *
   * @param logits of the teacher, [n, K]
   * @param center [1, K]
   * @param temperature scalar
   * @return [n, K]
   */
  public Operand<TFloat32> probabilities(
      Ops tf, Operand<TFloat32> logits, Operand<TFloat32> center, Operand<TFloat32> temperature) {
    return tf.nn.softmax(tf.stopGradient(tf.math.div(tf.math.sub(logits, center), temperature)));
  }

  /**
   * The center after this batch, moved towards the mean of the logits: each worker's own, then
   * their mean.
   *
   * @param valid 1 for rows that count, [n]
   * @return [1, K]
   */
  public Operand<TFloat32> next(
      Ops tf, Operand<TFloat32> logits, Operand<TFloat32> center, Operand<TFloat32> valid) {
    Operand<TFloat32> weights = tf.expandDims(valid, tf.constant(1));
    Operand<TFloat32> sum =
        tf.reduceSum(tf.math.mul(logits, weights), tf.constant(0), ReduceSum.keepDims(true));
    Operand<TFloat32> count = tf.math.maximum(tf.reduceSum(valid, tf.constant(0)), tf.constant(1f));
    Operand<TFloat32> mean = workers.mean(tf, tf.math.div(sum, count));
    return tf.stopGradient(
        tf.math.add(
            tf.math.mul(center, tf.constant((float) momentum)),
            tf.math.mul(mean, tf.constant((float) (1 - momentum)))));
  }
}
