package org.dinojvm.model.loss;

import java.util.Optional;
import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;

/**
 * Assigns samples to prototypes so that each prototype gets as many of them (Cuturi 2013; SwAV's
 * {@code distributed_sinkhorn}): exp(scores/ε), then in turn prototypes and samples normalized,
 * samples last.
 *
 * <p>Letters in shapes: B samples of this worker, Q further samples that all workers have alike, K
 * prototypes.
 *
 * @param epsilon ε
 * @param iterations at least 1
 * @param workers over whose samples prototypes are shared out
 */
public record SinkhornKnopp(double epsilon, int iterations, Workers workers) {

  /**
   * Samples that take part without being asked for.
   *
   * @param scores [Q, K]
   * @param weight 1 where they take part, 0 where not: scalar
   */
  public record Further(Operand<TFloat32> scores, Operand<TFloat32> weight) {}

  /**
   * The assignments. Factors such as the published 1/K, 1/B and the sum over all cancel, because
   * both normalizations are by sums, and are left out.
   *
   * @param scores [B, K]; no gradient flows into them
   * @return [B, K], rows that add up to 1
   */
  public Operand<TFloat32> assign(Ops tf, Operand<TFloat32> scores, Optional<Further> further) {
    Operand<TFloat32> inverse = tf.constant((float) (1 / epsilon));
    return balanced(
        tf,
        exponential(tf, scores, inverse),
        further.map(f -> tf.math.mul(exponential(tf, f.scores(), inverse), f.weight())));
  }

  /**
   * The assignments as DINOv2 has them, with a teacher's temperature as ε, which may change, and
   * without rows that only fill a shape.
   *
   * @param scores [B, K]; no gradient flows into them
   * @param temperature scalar
   * @param valid 1 for samples, 0 for what is none, [B]
   * @return [B, K], rows that add up to 1, or are 0
   */
  public static Operand<TFloat32> assign(
      Ops tf,
      Operand<TFloat32> scores,
      Operand<TFloat32> temperature,
      Operand<TFloat32> valid,
      int iterations,
      Workers workers) {
    Operand<TFloat32> own = exponential(tf, scores, tf.math.div(tf.constant(1f), temperature));
    return new SinkhornKnopp(1, iterations, workers)
        .balanced(tf, tf.math.mul(own, tf.expandDims(valid, tf.constant(1))), Optional.empty());
  }

  private Operand<TFloat32> balanced(
      Ops tf, Operand<TFloat32> own, Optional<Operand<TFloat32>> other) {
    for (int i = 0; i < iterations; i++) {
      Operand<TFloat32> share = perPrototype(tf, own, other);
      own = byRows(tf, tf.math.divNoNan(own, share));
      other = other.map(rows -> byRows(tf, tf.math.divNoNan(rows, share)));
    }
    return own;
  }

  /** exp(s/ε): [n, K] → [n, K]. */
  private static Operand<TFloat32> exponential(
      Ops tf, Operand<TFloat32> scores, Operand<TFloat32> inverse) {
    return tf.math.exp(tf.math.mul(tf.stopGradient(scores), inverse));
  }

  /** What each prototype has of all samples: [1, K]. */
  private Operand<TFloat32> perPrototype(
      Ops tf, Operand<TFloat32> own, Optional<Operand<TFloat32>> other) {
    Operand<TFloat32> sum = workers.sum(tf, sum(tf, own, 0));
    return other.map(rows -> (Operand<TFloat32>) tf.math.add(sum, sum(tf, rows, 0))).orElse(sum);
  }

  /** Rows that add up to 1; rows of zeros stay so. */
  private static Operand<TFloat32> byRows(Ops tf, Operand<TFloat32> x) {
    return tf.math.divNoNan(x, sum(tf, x, 1));
  }

  private static Operand<TFloat32> sum(Ops tf, Operand<TFloat32> x, int axis) {
    return tf.reduceSum(x, tf.constant(axis), ReduceSum.keepDims(true));
  }
}
