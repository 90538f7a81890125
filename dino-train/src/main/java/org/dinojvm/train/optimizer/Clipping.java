package org.dinojvm.train.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.SwitchCond;
import org.tensorflow.types.TFloat32;

/** What a gradient norm above the limit is measured over. */
public enum Clipping {
  /** Each tensor by its own norm: the published {@code clip_gradients}. */
  PER_TENSOR,
  /** All tensors by their common norm: torch's {@code clip_grad_norm_}, as some ports do. */
  GLOBAL_NORM;

  /** Added to the norm by the published code. */
  private static final float EPSILON = 1e-6f;

  /**
   * g ← g · min(1, limit/(‖g‖ + 1e-6)).
   *
   * @param norms the gradients' norms, scalars
   * @param limit 0 for no clipping
   */
  public List<Operand<TFloat32>> clip(
      Ops tf, List<Operand<TFloat32>> gradients, List<Operand<TFloat32>> norms, double limit) {
    if (limit == 0) {
      return gradients;
    }
    Operand<TFloat32> common = this == GLOBAL_NORM ? globalNorm(tf, norms) : null;
    List<Operand<TFloat32>> clipped = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      Operand<TFloat32> norm = common == null ? norms.get(i) : common;
      clipped.add(scaled(tf, gradients.get(i), factor(tf, norm, limit)));
    }
    return clipped;
  }

  /** limit/(‖g‖ + 1e-6), of which more than 1 counts as 1. */
  private static Operand<TFloat32> factor(Ops tf, Operand<TFloat32> norm, double limit) {
    return tf.math.div(tf.constant((float) limit), tf.math.add(norm, tf.constant(EPSILON)));
  }

  /** A gradient below the limit, as most are, passes without being read and written once more. */
  private static Operand<TFloat32> scaled(
      Ops tf, Operand<TFloat32> gradient, Operand<TFloat32> factor) {
    SwitchCond<TFloat32> way = tf.switchCond(gradient, tf.math.less(factor, tf.constant(1f)));
    return tf.merge(List.of(way.outputFalse(), tf.math.mul(way.outputTrue(), factor))).output();
  }

  /** √Σ‖g‖²: a scalar. */
  public static Operand<TFloat32> globalNorm(Ops tf, List<Operand<TFloat32>> norms) {
    return Optimizer.norm(tf, tf.stack(norms));
  }
}
