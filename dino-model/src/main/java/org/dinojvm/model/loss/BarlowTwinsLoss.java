package org.dinojvm.model.loss;

import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Barlow Twins (Zbontar et al. 2021, arXiv:2103.03230, eq. 1): the cross-correlation of the
 * features of two views shall be the identity.
 *
 * <p>Letters in shapes: B pictures of this worker, D features.
 *
 * @param lambda λ, weight of what is not on the diagonal
 * @param workers over all of whose pictures features are correlated
 */
public record BarlowTwinsLoss(double lambda, Workers workers) {

  private static final float EPSILON = 1e-5f;

  /**
   * The loss and its parts, scalars: loss = invariance + λ · redundancy.
   *
   * @param invariance Σ (C_ii − 1)²
   * @param redundancy Σ_{i≠j} C_ij²
   * @param diagonal mean of C_ii, 1 where both views agree
   */
  public record Terms(
      Operand<TFloat32> loss,
      Operand<TFloat32> invariance,
      Operand<TFloat32> redundancy,
      Operand<TFloat32> diagonal) {}

  /**
   * Builds the loss.
   *
   * @param z0 first views, [B, D]
   * @param z1 second views
   */
  public Terms terms(Ops tf, Operand<TFloat32> z0, Operand<TFloat32> z1) {
    Redundancy.Squares squares = Redundancy.of(tf, byPictures(tf, z0), standardized(tf, z1));
    Operand<TFloat32> away = tf.math.sub(squares.diagonal(), tf.constant(1f));
    Operand<TFloat32> invariance = tf.reduceSum(tf.math.square(away), tf.constant(0));
    Operand<TFloat32> loss =
        tf.math.add(invariance, tf.math.mul(squares.offDiagonal(), tf.constant((float) lambda)));
    return new Terms(
        loss, invariance, squares.offDiagonal(), tf.math.mean(squares.diagonal(), tf.constant(0)));
  }

  /** C: [B, D], [B, D] → [D, D]. */
  public Operand<TFloat32> crossCorrelation(Ops tf, Operand<TFloat32> z0, Operand<TFloat32> z1) {
    return Redundancy.product(tf, byPictures(tf, z0), standardized(tf, z1));
  }

  /** Standardized and divided by the number of all pictures: [B, D] → [A, D]. */
  private Operand<TFloat32> byPictures(Ops tf, Operand<TFloat32> z) {
    Operand<TFloat32> rows = standardized(tf, z);
    Operand<TInt32> count =
        tf.slice(tf.shape(rows), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    return tf.math.div(rows, tf.dtypes.cast(count, TFloat32.class));
  }

  /** Features of mean 0 and variance 1 over all workers' pictures: [B, D] → [A, D]. */
  private Operand<TFloat32> standardized(Ops tf, Operand<TFloat32> z) {
    Operand<TFloat32> all = workers.gather(tf, z);
    Operand<TFloat32> centered = tf.math.sub(all, tf.math.mean(all, tf.constant(0)));
    Operand<TFloat32> variance = tf.math.mean(tf.math.square(centered), tf.constant(0));
    return tf.math.mul(centered, tf.math.rsqrt(tf.math.add(variance, tf.constant(EPSILON))));
  }
}
