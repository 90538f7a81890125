package org.dinojvm.train.optimizer;

import org.dinojvm.model.Params.Variable;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The teacher follows the student: θ_t ← m·θ_t + (1 − m)·θ_s (Caron et al. 2021, sec. 3.1). */
public final class Ema {

  private Ema() {}

  /**
   * Builds the update of one teacher weight from a student weight that already has its new value.
   *
   * @param tf ops under the control dependency of the student's update
   * @param oneMinusMomentum 1 − m, scalar
   */
  public static Op follow(
      Ops tf, Variable teacher, Variable student, Operand<TFloat32> oneMinusMomentum) {
    return follow(
        tf, teacher, tf.readVariableOp(student.handle(), TFloat32.class), oneMinusMomentum);
  }

  /**
   * Builds the update of one teacher weight from a value.
   *
   * @param student of the weight's shape
   * @param oneMinusMomentum 1 − m, scalar
   */
  public static Op follow(
      Ops tf, Variable teacher, Operand<TFloat32> student, Operand<TFloat32> oneMinusMomentum) {
    // θ_t − (1 − m)(θ_t − θ_s), which the gradient-descent kernel does in place.
    return tf.train.resourceApplyGradientDescent(
        teacher.handle(), oneMinusMomentum, tf.math.sub(teacher.value(), student));
  }
}
