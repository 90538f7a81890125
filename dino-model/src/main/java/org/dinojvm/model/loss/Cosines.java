package org.dinojvm.model.loss;

import org.dinojvm.model.Layers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Cosines of rows with their targets, as BYOL and SimSiam maximize them.
 *
 * <p>Letters in shapes: n rows, D features.
 */
public final class Cosines {

  private Cosines() {}

  /**
   * BYOL (Grill et al. 2020, arXiv:2006.07733, eq. 2, symmetrized): Σ over both directions of 2 − 2
   * cos, mean over pictures.
   *
   * @param p0 prediction of the first view, [n, D]
   * @param p1 of the second
   * @param z0 target of the first view, [n, D]; no gradient flows into it
   * @param z1 of the second
   * @return scalar
   */
  public static Operand<TFloat32> byol(
      Ops tf,
      Operand<TFloat32> p0,
      Operand<TFloat32> p1,
      Operand<TFloat32> z0,
      Operand<TFloat32> z1) {
    Operand<TFloat32> both = tf.math.add(toTarget(tf, p0, z1), toTarget(tf, p1, z0));
    return tf.math.sub(tf.constant(4f), tf.math.mul(both, tf.constant(2f)));
  }

  /**
   * SimSiam (Chen and He 2021, arXiv:2011.10566, eq. 4): −½ Σ over both directions of cos, mean
   * over pictures.
   *
   * @param p0 prediction of the first view, [n, D]
   * @param p1 of the second
   * @param z0 projection of the first view, [n, D]; no gradient flows into it
   * @param z1 of the second
   * @return scalar
   */
  public static Operand<TFloat32> simSiam(
      Ops tf,
      Operand<TFloat32> p0,
      Operand<TFloat32> p1,
      Operand<TFloat32> z0,
      Operand<TFloat32> z1) {
    Operand<TFloat32> both = tf.math.add(toTarget(tf, p0, z1), toTarget(tf, p1, z0));
    return tf.math.mul(both, tf.constant(-0.5f));
  }

  /** Mean cosine of rows with targets that get no gradient: scalar. */
  private static Operand<TFloat32> toTarget(
      Ops tf, Operand<TFloat32> rows, Operand<TFloat32> targets) {
    return tf.math.mean(of(tf, rows, tf.stopGradient(targets)), tf.constant(0));
  }

  /** Cosine of each row with its counterpart: [n, D], [n, D] → [n]. */
  static Operand<TFloat32> of(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y) {
    return tf.reduceSum(
        tf.math.mul(Layers.l2Normalize(tf, x), Layers.l2Normalize(tf, y)), tf.constant(1));
  }

  /**
   * How far embeddings of different pictures are apart: standard deviation of the normalized rows
   * along each feature, mean over features, times √D (Chen and He 2021, section 4.1). 1 for rows
   * that are spread evenly over the sphere, 0 for rows that are all the same.
   *
   * @param rows [n, D]
   * @return scalar
   */
  public static Operand<TFloat32> spread(Ops tf, Operand<TFloat32> rows, int dim) {
    Operand<TFloat32> unit = tf.stopGradient(Layers.l2Normalize(tf, rows));
    Operand<TFloat32> centered = tf.math.sub(unit, tf.math.mean(unit, tf.constant(0)));
    Operand<TFloat32> variance = tf.math.mean(tf.math.square(centered), tf.constant(0));
    return tf.math.mul(
        tf.math.mean(tf.math.sqrt(variance), tf.constant(0)), tf.constant((float) Math.sqrt(dim)));
  }
}
