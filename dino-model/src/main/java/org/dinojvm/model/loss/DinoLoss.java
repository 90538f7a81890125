package org.dinojvm.model.loss;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/**
 * The DINO loss (Caron et al. 2021, eq. 3 and algorithm 1; published {@code DINOLoss}): the
 * cross-entropy between the teacher's centered, sharpened distribution of each global view and the
 * student's of every other view.
 *
 * <p>Letters in shapes: B pictures, V views of which the first 2 are global, K prototypes. Rows are
 * crop-major: all pictures of view 0, then of view 1, …
 *
 * @param views V, at least 2
 * @param studentTemp τ_s [0.1]
 * @param centerMomentum share of the old center that stays [0.9]
 */
public record DinoLoss(int views, double studentTemp, double centerMomentum) {

  /** Of Sinkhorn-Knopp. */
  private static final int ITERATIONS = 3;

  public DinoLoss {
    checkArgument(views >= 2, "%s views, at least the 2 global ones are needed", views);
    checkArgument(studentTemp > 0, "student temperature is %s, must be positive", studentTemp);
  }

  /**
   * The loss of one step and what tells a healthy run from a collapsed one. All are scalars, means
   * over pictures and pairs of views; loss = teacherEntropy + kl.
   *
   * @param loss cross-entropy
   * @param teacherEntropy entropy of the teacher's distributions; → 0: one dimension has won
   * @param kl divergence of the student's distributions from the teacher's; → 0: collapse
   * @param meanEntropy entropy of the teacher's distribution averaged over the batch; ln K when all
   *     prototypes are used alike
   * @param newCenter [1, K] the center after this step
   */
  public record Terms(
      Operand<TFloat32> loss,
      Operand<TFloat32> teacherEntropy,
      Operand<TFloat32> kl,
      Operand<TFloat32> meanEntropy,
      Operand<TFloat32> newCenter) {}

  /**
   * Builds the loss. It uses the center as it is before this step's update; the new center moves
   * towards the mean of the raw teacher logits.
   *
   * @param studentLogits [V·B, K]
   * @param teacherLogits [2B, K]; no gradient flows into them
   * @param center [1, K]
   * @param teacherTemp τ_t, scalar
   */
  public Terms terms(
      Ops tf,
      Operand<TFloat32> studentLogits,
      Operand<TFloat32> teacherLogits,
      Operand<TFloat32> center,
      Operand<TFloat32> teacherTemp) {
    return terms(tf, studentLogits, teacherLogits, center, teacherTemp, Workers.ONE);
  }

  /**
   * The same, with a new center and the mean entropy over the batches of all workers; the other
   * terms are of this worker's.
   */
  public Terms terms(
      Ops tf,
      Operand<TFloat32> studentLogits,
      Operand<TFloat32> teacherLogits,
      Operand<TFloat32> center,
      Operand<TFloat32> teacherTemp,
      Workers workers) {
    Operand<TFloat32> sharpened =
        tf.stopGradient(tf.math.div(tf.math.sub(teacherLogits, center), teacherTemp));
    Operand<TFloat32> probabilities = tf.nn.softmax(sharpened); // [2B, K]
    Operand<TFloat32> loss = crossEntropy(tf, studentLogits, probabilities);
    Operand<TFloat32> entropy =
        tf.math.mean(
            tf.nn.softmaxCrossEntropyWithLogits(sharpened, probabilities).loss(), tf.constant(0));
    return new Terms(
        loss,
        entropy,
        tf.math.sub(loss, entropy),
        entropyOfMean(tf, probabilities, workers),
        newCenter(tf, teacherLogits, center, workers));
  }

  /**
   * The same with Sinkhorn-Knopp's assignments instead of a center, over both global views at once
   * and all workers (Caron et al. 2021, table 7).
   *
   * @param studentLogits [V·B, K]
   * @param teacherLogits [2B, K]
   * @param teacherTemp τ_t, scalar
   * @return terms without a new center, 0
   */
  public Terms balanced(
      Ops tf,
      Operand<TFloat32> studentLogits,
      Operand<TFloat32> teacherLogits,
      Operand<TFloat32> teacherTemp,
      Workers workers) {
    Operand<TFloat32> all = tf.onesLike(tf.reduceSum(teacherLogits, tf.constant(1))); // [2B]
    Operand<TFloat32> probabilities =
        SinkhornKnopp.assign(tf, teacherLogits, teacherTemp, all, ITERATIONS, workers);
    Operand<TFloat32> loss = crossEntropy(tf, studentLogits, probabilities);
    Operand<TFloat32> byRow =
        tf.reduceSum(tf.math.xlogy(probabilities, probabilities), tf.constant(1));
    Operand<TFloat32> entropy = tf.math.neg(tf.math.mean(byRow, tf.constant(0)));
    return new Terms(
        loss,
        entropy,
        tf.math.sub(loss, entropy),
        entropyOfMean(tf, probabilities, workers),
        tf.constant(0f));
  }

  /**
   * L = 1/(2(V−1)) Σ_q Σ_{v≠q} mean_batch H(p_q, p_v), without a term for every pair: H is linear
   * in its first argument, so a local view meets both global ones as twice their average, and each
   * global view meets the other. One fused op then serves all rows.
   */
  private Operand<TFloat32> crossEntropy(
      Ops tf, Operand<TFloat32> studentLogits, Operand<TFloat32> probabilities) {
    Operand<TFloat32> logits = tf.math.mul(studentLogits, tf.constant((float) (1 / studentTemp)));
    List<Operand<TFloat32>> global = new ArrayList<>();
    tf.split(tf.constant(0), probabilities, 2L).output().forEach(global::add);
    Operand<TFloat32> average =
        tf.math.mul(tf.math.add(global.get(0), global.get(1)), tf.constant(0.5f));
    List<Operand<TFloat32>> targets = new ArrayList<>(List.of(global.get(1), global.get(0)));
    targets.addAll(Collections.nCopies(views - 2, average));
    Operand<TFloat32> byRow = // [V·B]
        tf.nn.softmaxCrossEntropyWithLogits(logits, tf.concat(targets, tf.constant(0))).loss();
    Operand<TFloat32> byView = // [V]
        tf.math.mean(tf.reshape(byRow, tf.constant(new int[] {views, -1})), tf.constant(1));
    return tf.reduceSum(tf.math.mul(byView, tf.constant(viewWeights())), tf.constant(0));
  }

  /** A global view stands for one pair, a local one for two, of 2(V−1) pairs. */
  private float[] viewWeights() {
    float[] weights = new float[views];
    for (int view = 0; view < views; view++) {
      weights[view] = (view < 2 ? 1f : 2f) / (2 * (views - 1));
    }
    return weights;
  }

  private static Operand<TFloat32> entropyOfMean(
      Ops tf, Operand<TFloat32> probabilities, Workers workers) {
    Operand<TFloat32> mean = workers.mean(tf, tf.math.mean(probabilities, tf.constant(0)));
    // xlogy, not a log of its own: a prototype that is never used counts 0, not NaN.
    return tf.math.neg(tf.reduceSum(tf.math.xlogy(mean, mean), tf.constant(0)));
  }

  private Operand<TFloat32> newCenter(
      Ops tf, Operand<TFloat32> teacherLogits, Operand<TFloat32> center, Workers workers) {
    Operand<TFloat32> batchCenter =
        workers.mean(tf, tf.math.mean(teacherLogits, tf.constant(0), Mean.keepDims(true)));
    return tf.math.add(
        tf.math.mul(center, tf.constant((float) centerMomentum)),
        tf.math.mul(batchCenter, tf.constant((float) (1 - centerMomentum))));
  }
}
