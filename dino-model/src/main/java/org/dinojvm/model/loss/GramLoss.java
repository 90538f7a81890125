package org.dinojvm.model.loss;

import org.dinojvm.model.Layers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * DINOv3's Gram anchoring (Siméoni et al. 2025, arXiv:2508.10104, eq. 2; {@code gram_loss.py}): the
 * similarities of a student's patches shall be those of an earlier network's, the Gram teacher.
 *
 * <p>Letters in shapes: B crops, N patches, D features.
 *
 * @param normalized whether patches are brought to length 1, so that similarities are cosines
 * @param byImage whether patches meet those of their own crop only, or of the whole batch
 * @param negatives what becomes of negative similarities
 */
public record GramLoss(boolean normalized, boolean byImage, Negatives negatives) {

  /** What becomes of negative similarities. */
  public enum Negatives {
    /** They count. */
    KEPT,
    /** They count as 0, of student and teacher. */
    REMOVED,
    /**
     * Those of the teacher count as 0. As published the student's stay: the condition looks at the
     * teacher's after they are set to 0.
     */
    TEACHER_REMOVED
  }

  /** DINOv3's own setting. */
  public static final GramLoss ANCHOR = new GramLoss(true, true, Negatives.KEPT);

  /**
   * Builds the loss.
   *
   * @param student [B, N, D]
   * @param teacher [B, N, D]; no gradient flows into it
   * @param dim D
   * @return scalar
   */
  public Operand<TFloat32> of(
      Ops tf, Operand<TFloat32> student, Operand<TFloat32> teacher, int dim) {
    Operand<TFloat32> ofStudent = similarities(tf, student, dim);
    Operand<TFloat32> ofTeacher = similarities(tf, tf.stopGradient(teacher), dim);
    if (negatives != Negatives.KEPT) {
      ofTeacher = tf.nn.relu(ofTeacher);
    }
    if (negatives == Negatives.REMOVED) {
      Operand<TBool> positive = tf.math.greater(ofStudent, tf.constant(0f));
      ofStudent = tf.math.mul(ofStudent, tf.dtypes.cast(positive, TFloat32.class));
    }
    Operand<TFloat32> squared = tf.math.square(tf.math.sub(ofStudent, tf.stopGradient(ofTeacher)));
    return tf.math.mean(tf.reshape(squared, tf.constant(new int[] {-1})), tf.constant(0));
  }

  /** X·Xᵀ: [B, N, D] → [B, N, N], or [1, BN, BN] over the batch. */
  private Operand<TFloat32> similarities(Ops tf, Operand<TFloat32> patches, int dim) {
    Operand<TFloat32> rows = tf.reshape(patches, tf.constant(new int[] {-1, dim}));
    Operand<TFloat32> unit = normalized ? Layers.l2Normalize(tf, rows) : rows;
    Operand<TFloat32> grouped =
        byImage ? tf.reshape(unit, tf.shape(patches)) : tf.expandDims(unit, tf.constant(0));
    return tf.train.batchMatMul(grouped, grouped, TFloat32.class, BatchMatMul.adjY(true));
  }

  /**
   * Patches of a square grid at another size: bicubic, as torch's {@code interpolate} without
   * antialias.
   *
   * @param patches [B, from², D]
   * @return [B, to², D]
   */
  public static Operand<TFloat32> resized(Ops tf, Operand<TFloat32> patches, int from, int to) {
    if (from == to) {
      return patches;
    }
    double[][] line = bicubic(from, to);
    float[][] plane = new float[to * to][from * from];
    for (int row = 0; row < to * to; row++) {
      for (int column = 0; column < from * from; column++) {
        plane[row][column] =
            (float) (line[row / to][column / from] * line[row % to][column % from]);
      }
    }
    return tf.linalg.einsum(java.util.List.of(tf.constant(plane), patches), "pq,bqd->bpd");
  }

  /** The weights of {@code from} points in each of {@code to}, a = −0.75, ends repeated. */
  private static double[][] bicubic(int from, int to) {
    double[][] weights = new double[to][from];
    for (int i = 0; i < to; i++) {
      double place = (i + 0.5) * from / to - 0.5;
      int base = (int) Math.floor(place);
      for (int tap = base - 1; tap <= base + 2; tap++) {
        int inside = Math.min(Math.max(tap, 0), from - 1);
        weights[i][inside] += cubic(Math.abs(place - tap));
      }
    }
    return weights;
  }

  private static double cubic(double x) {
    double a = -0.75;
    return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((x - 5) * x + 8) * x * a - 4 * a;
  }
}
