package org.dinojvm.model.loss;

import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * VICReg (Bardes et al. 2022, arXiv:2105.04906, eq. 6): two views shall have the same features,
 * each feature shall vary, and no two of them together.
 *
 * <p>Letters in shapes: B pictures of this worker, A of all workers, D features.
 *
 * @param invarianceWeight λ
 * @param varianceWeight μ
 * @param covarianceWeight ν
 * @param workers over all of whose pictures features vary
 */
public record VicRegLoss(
    double invarianceWeight, double varianceWeight, double covarianceWeight, Workers workers) {

  private static final float EPSILON = 1e-4f;

  /**
   * The loss and its parts, scalars, not yet weighted.
   *
   * @param invariance mean squared difference of the two views' features
   * @param variance ½ Σ_views mean relu(1 − standard deviation); 1 where nothing varies
   * @param covariance Σ_views Σ_{i≠j} cov²/D
   */
  public record Terms(
      Operand<TFloat32> loss,
      Operand<TFloat32> invariance,
      Operand<TFloat32> variance,
      Operand<TFloat32> covariance) {}

  /** Features less their mean, and the number of rows less 1. */
  private record Centered(Operand<TFloat32> rows, Operand<TFloat32> freedom) {}

  /**
   * Builds the loss.
   *
   * @param z0 first views, [B, D]
   * @param z1 second views
   */
  public Terms terms(Ops tf, Operand<TFloat32> z0, Operand<TFloat32> z1) {
    Operand<TFloat32> first = workers.gather(tf, z0); // [A, D]
    Operand<TFloat32> second = workers.gather(tf, z1);
    Operand<TFloat32> invariance =
        tf.math.mean(tf.math.square(tf.math.sub(first, second)), tf.constant(new int[] {0, 1}));
    Centered x = centered(tf, first);
    Centered y = centered(tf, second);
    Operand<TFloat32> variance =
        tf.math.mul(tf.math.add(variance(tf, x), variance(tf, y)), tf.constant(0.5f));
    Operand<TFloat32> covariance = tf.math.add(covariance(tf, x), covariance(tf, y));
    Operand<TFloat32> loss =
        tf.math.add(
            tf.math.add(
                weighted(tf, invariance, invarianceWeight), weighted(tf, variance, varianceWeight)),
            weighted(tf, covariance, covarianceWeight));
    return new Terms(loss, invariance, variance, covariance);
  }

  private static Centered centered(Ops tf, Operand<TFloat32> x) {
    Operand<TInt32> rows =
        tf.slice(tf.shape(x), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    return new Centered(
        tf.math.sub(x, tf.math.mean(x, tf.constant(0))),
        tf.math.sub(tf.dtypes.cast(rows, TFloat32.class), tf.constant(1f)));
  }

  /** Mean over features of relu(1 − √(variance + ε)): scalar. */
  private static Operand<TFloat32> variance(Ops tf, Centered x) {
    Operand<TFloat32> variance = // [D]
        tf.math.div(tf.reduceSum(tf.math.square(x.rows()), tf.constant(0)), x.freedom());
    Operand<TFloat32> deviation = tf.math.sqrt(tf.math.add(variance, tf.constant(EPSILON)));
    return tf.math.mean(tf.nn.relu(tf.math.sub(tf.constant(1f), deviation)), tf.constant(0));
  }

  /** Σ_{i≠j} cov²/D: scalar. */
  private static Operand<TFloat32> covariance(Ops tf, Centered x) {
    Operand<TFloat32> squares =
        Redundancy.of(tf, tf.math.div(x.rows(), x.freedom()), x.rows()).offDiagonal();
    return tf.math.mul(squares, tf.constant(1f / x.rows().shape().get(1)));
  }

  private static Operand<TFloat32> weighted(Ops tf, Operand<TFloat32> term, double weight) {
    return tf.math.mul(term, tf.constant((float) weight));
  }
}
