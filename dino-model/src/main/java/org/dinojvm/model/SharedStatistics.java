package org.dinojvm.model;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Mean and variance of each feature over the batches of all workers, for BatchNorm. With one sum
 * over workers: of their means μ_i and of σ_i² + (μ_i − r)², from which the variance over all is
 * the mean less (μ − r)². Any r does; one near μ, as the running mean, keeps the digits.
 *
 * <p>Letters in shapes: B pictures of h × w pixels, d features.
 *
 * @param mean μ, [d]
 * @param variance σ², by N, [d]
 * @param unbiasedVariance by N − 1, [d]
 */
record SharedStatistics(
    Operand<TFloat32> mean, Operand<TFloat32> variance, Operand<TFloat32> unbiasedVariance) {

  /**
   * Computes them.
   *
   * @param x this worker's batch, [B, h, w, d]
   * @param near r, [d]
   */
  static SharedStatistics of(Ops tf, Operand<TFloat32> x, Operand<TFloat32> near, Workers workers) {
    Operand<TInt32> pixels = tf.constant(new int[] {0, 1, 2});
    Operand<TFloat32> own = tf.math.mean(x, pixels);
    Operand<TFloat32> ownVariance = tf.math.mean(tf.math.square(tf.math.sub(x, own)), pixels);
    Operand<TFloat32> around = tf.stopGradient(near);
    Operand<TFloat32> ownSpread =
        tf.math.add(ownVariance, tf.math.square(tf.math.sub(own, around)));
    List<? extends Operand<TFloat32>> shared =
        tf.unstack(workers.mean(tf, tf.stack(List.of(own, ownSpread))), 2L).output();
    Operand<TFloat32> mean = shared.get(0);
    Operand<TFloat32> variance =
        tf.math.maximum(
            tf.math.sub(shared.get(1), tf.math.square(tf.math.sub(mean, around))), tf.constant(0f));
    return new SharedStatistics(
        mean, variance, tf.math.mul(variance, correction(tf, x, workers.count())));
  }

  /** (x − μ)/√(σ² + ε) · weight + bias: [B, h, w, d] → [B, h, w, d]. */
  Operand<TFloat32> normalize(
      Ops tf,
      Operand<TFloat32> x,
      Operand<TFloat32> weight,
      Operand<TFloat32> bias,
      float epsilon) {
    Operand<TFloat32> inverse = tf.math.rsqrt(tf.math.add(variance, tf.constant(epsilon)));
    return tf.math.add(tf.math.mul(tf.math.mul(tf.math.sub(x, mean), inverse), weight), bias);
  }

  /** N/(N − 1) for N = B·h·w pixels of each worker. */
  private static Operand<TFloat32> correction(Ops tf, Operand<TFloat32> x, int workers) {
    Operand<TInt32> own =
        tf.reduceProd(
            tf.slice(tf.shape(x), tf.constant(new int[] {0}), tf.constant(new int[] {3})),
            tf.constant(0));
    Operand<TFloat32> all =
        tf.math.mul(tf.dtypes.cast(own, TFloat32.class), tf.constant((float) workers));
    return tf.math.div(all, tf.math.sub(all, tf.constant(1f)));
  }
}
