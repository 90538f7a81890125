package org.dinojvm.train.objective;

import java.util.Optional;
import java.util.function.IntBinaryOperator;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.mask.MaskedPatches;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * What iBOT and DINOv2 have of their views: the teacher sees whole global crops, the student masked
 * ones and whole local ones.
 *
 * <p>Letters in shapes: B pictures, n local crops, N patches of a global crop, m rows for masked
 * ones, D features.
 *
 * @param teacher tokens of the global crops
 * @param student tokens of the masked global crops
 * @param local the student's class tokens of local crops, [nB, D], if there are any
 * @param masked which patches are masked
 */
record MaskedViews(
    Tokens teacher, Tokens student, Optional<Operand<TFloat32>> local, MaskedPatches masked) {

  /**
   * Tokens after the final norm.
   *
   * @param classes [2B, D]
   * @param patches [2B·N, D]
   */
  record Tokens(Operand<TFloat32> classes, Operand<TFloat32> patches) {

    static Tokens of(Ops tf, Backbone.Pass pass, int dim) {
      return new Tokens(
          pass.features(), tf.reshape(pass.patchTokens(), tf.constant(new int[] {-1, dim})));
    }
  }

  /** Patches on a side of a global crop. */
  static int side(StepInputs in) {
    return (int) in.views().global().shape().get(1) / in.backbone().stride();
  }

  /** Number of global crops, 2B. */
  static int crops(StepInputs in) {
    return (int) in.views().global().shape().get(0);
  }

  /** How masks follow from draws. */
  @FunctionalInterface
  interface Masking {
    /** From draws [2B, numbers] and the patches on a side: [2B, N]. */
    Operand<TBool> masks(Ops tf, Operand<TFloat32> draws, int side);
  }

  /**
   * Runs the backbones, on the masks that the views bring or else on drawn ones.
   *
   * @param most patches that can be masked by drawing, from the crops and the patches on a side
   */
  static MaskedViews of(StepInputs in, Masking masking, IntBinaryOperator most) {
    int side = side(in);
    int crops = crops(in);
    return in.views()
        .masks()
        .map(given -> of(in, given, crops * side * side))
        .orElseGet(
            () ->
                of(
                    in,
                    masking.masks(in.tf(), in.views().draws().orElseThrow(), side),
                    most.applyAsInt(crops, side)));
  }

  private static MaskedViews of(StepInputs in, Operand<TBool> masks, int most) {
    Ops tf = in.tf();
    Backbone backbone = in.backbone();
    Params student = in.student().at("backbone");
    Mode mode = in.studentMode();
    Tokens ofTeacher =
        Tokens.of(
            tf,
            backbone.forward(
                tf, in.teacher().at("backbone"), in.views().global(), in.teacherMode()),
            backbone.embedDim());
    Tokens ofStudent =
        Tokens.of(
            tf,
            backbone.forwardMasked(tf, student, in.views().global(), masks, mode),
            backbone.embedDim());
    Optional<Operand<TFloat32>> local =
        in.views()
            .local()
            .map(crops -> backbone.features(tf, student, crops, mode.forPass(mode.pass() + 1)));
    return new MaskedViews(ofTeacher, ofStudent, local, MaskedPatches.of(tf, masks, most));
  }
}
