package org.dinojvm.train;

import java.util.List;
import org.dinojvm.model.Fusion;
import org.dinojvm.model.Params.Variable;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The teacher follows the student: θ_t ← m·θ_t + (1 − m)·θ_s (Caron et al. 2021, sec. 3.1). */
final class Ema {

  /** Of θ_t, θ_s and 1 − m; in one pass where it is fused. */
  private static final Fusion FOLLOW =
      Fusion.of(
          "ema",
          (ops, in) ->
              List.of(
                  ops.math.add(
                      in.get(0), ops.math.mul(ops.math.sub(in.get(1), in.get(0)), in.get(2)))),
          List.of(TFloat32.class));

  private final boolean fused;
  private final Operand<TFloat32> oneMinusMomentum;

  /**
   * Of a step.
   *
   * @param oneMinusMomentum 1 − m, scalar
   */
  Ema(boolean fused, Operand<TFloat32> oneMinusMomentum) {
    this.fused = fused;
    this.oneMinusMomentum = oneMinusMomentum;
  }

  /**
   * Builds the update of one teacher weight from a student weight that already has its new value.
   *
   * @param tf ops under the control dependency of the student's update
   */
  Op follow(Ops tf, Variable teacher, Variable student) {
    List<Operand<?>> inputs =
        List.of(
            teacher.value(), tf.readVariableOp(student.handle(), TFloat32.class), oneMinusMomentum);
    return tf.assignVariableOp(
        teacher.handle(), FOLLOW.kernel(tf, inputs, fused).call(tf, inputs).get(0));
  }
}
