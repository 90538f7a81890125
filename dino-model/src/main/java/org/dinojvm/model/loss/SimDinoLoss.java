package org.dinojvm.model.loss;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * SimDINO (Wu et al. 2025, arXiv:2502.10385, eq. 11; published {@code MCRLoss}): views shall be
 * near the teacher's, and the coding rate of the batch shall be high, which needs neither center
 * nor temperatures nor prototypes.
 *
 * <p>Letters in shapes: B pictures, V views of which the first 2 are global, D features. Rows are
 * crop-major.
 *
 * @param views V, at least 2
 * @param epsilon ε, squared distortion of the coding rate
 * @param coefficient weight of the cosines
 * @param averaged whether the rate is that of student and teacher averaged, the published expansion
 *     type 1, or of the student's alone, type 0
 * @param workers whose pictures count; each has a covariance of its own
 * @param sharedCovariance whether workers add their covariances up, the published {@code
 *     reduce_cov}
 */
public record SimDinoLoss(
    int views,
    double epsilon,
    double coefficient,
    boolean averaged,
    Workers workers,
    boolean sharedCovariance) {

  /**
   * The loss and its parts, scalars: loss = −coefficient · compression − expansion.
   *
   * @param compression mean cosine over pairs of a teacher's view and a student's other view
   * @param expansion γ · mean coding rate of the two global views
   */
  public record Terms(
      Operand<TFloat32> loss, Operand<TFloat32> compression, Operand<TFloat32> expansion) {}

  /**
   * Builds the loss.
   *
   * @param student [V·B, D], of any length
   * @param teacher [2B, D], of any length; no gradient flows into it
   */
  public Terms terms(Ops tf, Operand<TFloat32> student, Operand<TFloat32> teacher) {
    List<Operand<TFloat32>> ofStudent = byView(tf, Layers.l2Normalize(tf, student), views);
    List<Operand<TFloat32>> ofTeacher =
        byView(tf, tf.stopGradient(Layers.l2Normalize(tf, teacher)), 2);
    Operand<TFloat32> compression = compression(tf, ofStudent, ofTeacher);
    Operand<TFloat32> expansion = expansion(tf, ofStudent, ofTeacher);
    Operand<TFloat32> loss =
        tf.math.sub(tf.math.mul(compression, tf.constant((float) -coefficient)), expansion);
    return new Terms(loss, compression, expansion);
  }

  private static List<Operand<TFloat32>> byView(Ops tf, Operand<TFloat32> rows, int views) {
    return ImmutableList.copyOf(tf.split(tf.constant(0), rows, (long) views).output());
  }

  private static Operand<TFloat32> compression(
      Ops tf, List<Operand<TFloat32>> student, List<Operand<TFloat32>> teacher) {
    List<Operand<TFloat32>> cosines = new ArrayList<>();
    for (int q = 0; q < teacher.size(); q++) {
      for (int v = 0; v < student.size(); v++) {
        if (v != q) {
          Operand<TFloat32> products = tf.math.mul(student.get(v), teacher.get(q));
          cosines.add(tf.math.mean(tf.reduceSum(products, tf.constant(1)), tf.constant(0)));
        }
      }
    }
    return tf.math.mean(tf.stack(cosines), tf.constant(0));
  }

  private Operand<TFloat32> expansion(
      Ops tf, List<Operand<TFloat32>> student, List<Operand<TFloat32>> teacher) {
    List<Operand<TFloat32>> rates = new ArrayList<>();
    for (int view = 0; view < 2; view++) {
      Operand<TFloat32> rows =
          averaged
              ? tf.math.mul(tf.math.add(student.get(view), teacher.get(view)), tf.constant(0.5f))
              : student.get(view);
      rates.add(rate(tf, rows));
    }
    return tf.math.mean(tf.stack(rates), tf.constant(0));
  }

  /** γ · ½ logdet(I + D/(Bε) XᵀX), γ = (D + B)/(D·B), B of all workers: [B, D] → scalar. */
  private Operand<TFloat32> rate(Ops tf, Operand<TFloat32> x) {
    int dim = (int) x.shape().get(1);
    Operand<TInt32> rows =
        tf.slice(tf.shape(x), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    Operand<TFloat32> pictures =
        tf.math.mul(tf.dtypes.cast(rows, TFloat32.class), tf.constant((float) workers.count()));
    Operand<TFloat32> products = tf.linalg.matMul(x, x, MatMul.transposeA(true));
    Operand<TFloat32> covariance = sharedCovariance ? workers.sum(tf, products) : products;
    Operand<TFloat32> scale = tf.math.div(tf.constant((float) (dim / epsilon)), pictures);
    Operand<TFloat32> identity =
        tf.oneHot(
            tf.range(tf.constant(0), tf.constant(dim), tf.constant(1)),
            tf.constant(dim),
            tf.constant(1f),
            tf.constant(0f));
    Operand<TFloat32> half = halfLogDet(tf, tf.math.add(identity, tf.math.mul(covariance, scale)));
    Operand<TFloat32> gamma =
        tf.math.add(tf.math.div(tf.constant(1f), pictures), tf.constant(1f / dim)); // (D + B)/(D·B)
    return tf.reduceSum(tf.math.mul(gamma, half), tf.constant(0));
  }

  /**
   * ½ logdet A by Cholesky's factor: [D, D] → scalar. TensorFlow for Java knows no gradient of it;
   * it is ½ A⁻¹, and comes from a term that is 0.
   */
  private static Operand<TFloat32> halfLogDet(Ops tf, Operand<TFloat32> a) {
    Operand<TFloat32> fixed = tf.stopGradient(a);
    Operand<TFloat32> diagonal =
        tf.linalg.matrixDiagPart(tf.linalg.cholesky(fixed), tf.constant(0), tf.constant(0f));
    Operand<TFloat32> value = tf.reduceSum(tf.math.log(diagonal), tf.constant(0));
    Operand<TFloat32> inverse = tf.stopGradient(tf.linalg.inv(fixed));
    Operand<TFloat32> zero = tf.math.mul(inverse, tf.math.sub(a, fixed));
    return tf.math.add(
        tf.stopGradient(value),
        tf.math.mul(
            tf.reduceSum(zero, tf.constant(new int[] {0, 1}), ReduceSum.keepDims(false)),
            tf.constant(0.5f)));
  }

  /**
   * SimDINOv2's loss of masked patches: −cos of each with the teacher's, of an image the mean over
   * its masked patches, then the mean over all images, also those without a mask.
   *
   * @param student [m, D], the masked patches of all images in order
   * @param teacher [m, D]; no gradient flows into it
   * @param masks [n, N], 1 where a patch of an image is masked, m in all
   * @return scalar
   */
  public static Operand<TFloat32> patches(
      Ops tf, Operand<TFloat32> student, Operand<TFloat32> teacher, Operand<TFloat32> masks) {
    Operand<TFloat32> counts =
        tf.reduceSum(masks, tf.constant(1), ReduceSum.keepDims(true)); // [n, 1]
    Operand<TFloat32> flat =
        tf.reshape(
            tf.math.div(masks, tf.math.maximum(counts, tf.constant(1f))),
            tf.constant(new int[] {-1}));
    Operand<TInt64> places = // [m]
        tf.reshape(tf.where(tf.math.greater(flat, tf.constant(0f))), tf.constant(new int[] {-1}));
    Operand<TFloat32> weights = tf.gather(flat, places, tf.constant(0));
    Operand<TFloat32> cosines = Cosines.of(tf, student, tf.stopGradient(teacher));
    Operand<TFloat32> images =
        tf.reduceSum(
            tf.dtypes.cast(
                tf.slice(tf.shape(masks), tf.constant(new int[] {0}), tf.constant(new int[] {1})),
                TFloat32.class),
            tf.constant(0));
    return tf.math.neg(
        tf.math.div(tf.reduceSum(tf.math.mul(weights, cosines), tf.constant(0)), images));
  }
}
