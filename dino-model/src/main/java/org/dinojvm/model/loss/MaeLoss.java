package org.dinojvm.model.loss;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * The loss of masked autoencoders (He et al. 2022, arXiv:2111.06377; {@code models_mae.py}): the
 * squared error of predicted pixels, over removed patches.
 *
 * <p>Letters in shapes: B pictures, N patches of p × p pixels.
 *
 * @param patchSize p
 * @param normalized whether each patch's pixels have mean 0 and variance 1
 */
public record MaeLoss(int patchSize, boolean normalized) {

  /**
   * What is to be predicted.
   *
   * @param images [B, H, W, 3] of known H and W
   * @return [B, N, p·p·3], by row, column and color
   */
  public Operand<TFloat32> targets(Ops tf, Operand<TFloat32> images) {
    int rows = (int) images.shape().get(1) / patchSize;
    int columns = (int) images.shape().get(2) / patchSize;
    Operand<TFloat32> split =
        tf.reshape(
            tf.stopGradient(images),
            tf.constant(new int[] {-1, rows, patchSize, columns, patchSize, 3}));
    Operand<TFloat32> patches =
        tf.reshape(
            tf.linalg.transpose(split, tf.constant(new int[] {0, 1, 3, 2, 4, 5})),
            tf.constant(new int[] {-1, rows * columns, pixels()}));
    return normalized ? normalized(tf, patches) : patches;
  }

  /** p·p·3. */
  private int pixels() {
    return patchSize * patchSize * 3;
  }

  /** (x − mean)/√(variance + 1e-6), the variance by p·p·3 − 1. */
  private Operand<TFloat32> normalized(Ops tf, Operand<TFloat32> patches) {
    Operand<TFloat32> centered =
        tf.math.sub(patches, tf.math.mean(patches, tf.constant(2), Mean.keepDims(true)));
    Operand<TFloat32> variance =
        tf.math.mul(
            tf.reduceSum(tf.math.square(centered), tf.constant(2), ReduceSum.keepDims(true)),
            tf.constant(1f / (pixels() - 1)));
    return tf.math.mul(centered, tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-6f))));
  }

  /**
   * Builds the loss.
   *
   * @param prediction [B, N, p·p·3]
   * @param targets [B, N, p·p·3]
   * @param removed 1 where a patch was removed, [B, N]
   * @return scalar
   */
  public Operand<TFloat32> of(
      Ops tf, Operand<TFloat32> prediction, Operand<TFloat32> targets, Operand<TFloat32> removed) {
    Operand<TFloat32> byPatch =
        tf.math.mean(tf.math.square(tf.math.sub(prediction, targets)), tf.constant(2));
    Operand<TFloat32> flat = tf.reshape(removed, tf.constant(new int[] {-1}));
    Operand<TFloat32> sum =
        tf.reduceSum(
            tf.math.mul(tf.reshape(byPatch, tf.constant(new int[] {-1})), flat), tf.constant(0));
    return tf.math.div(sum, tf.reduceSum(flat, tf.constant(0)));
  }

  /**
   * How much of the removed pixels' variance is told: 1 − loss / variance, 0 for one number for all
   * of them.
   *
   * @param loss of {@link #of}
   * @param targets [B, N, p·p·3]
   * @param removed [B, N]
   * @return scalar
   */
  public Operand<TFloat32> explained(
      Ops tf, Operand<TFloat32> loss, Operand<TFloat32> targets, Operand<TFloat32> removed) {
    Operand<TFloat32> sum =
        tf.reduceSum(
            tf.math.mul(tf.math.mean(targets, tf.constant(2)), removed),
            tf.constant(new int[] {0, 1}));
    Operand<TFloat32> mean = tf.math.div(sum, tf.reduceSum(removed, tf.constant(new int[] {0, 1})));
    Operand<TFloat32> variance =
        tf.math.maximum(of(tf, mean, targets, removed), tf.constant(1e-6f)); // not 0 by 0
    return tf.stopGradient(tf.math.sub(tf.constant(1f), tf.math.div(loss, variance)));
  }
}
