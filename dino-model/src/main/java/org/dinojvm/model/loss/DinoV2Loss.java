package org.dinojvm.model.loss;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * DINOv2's loss of class tokens (Oquab et al. 2023, arXiv:2304.07193; {@code dino_clstoken_loss.py}
 * and {@code ssl_meta_arch.py}): DINO's pairs of views, of which global and local ones are told
 * apart. Without local crops it is two thirds of DINO's, as published.
 *
 * <p>Letters in shapes: B pictures, n local crops, K prototypes. Rows are crop-major.
 *
 * @param temperature of the student's softmax
 * @param localCrops n
 */
public record DinoV2Loss(double temperature, int localCrops) {

  /**
   * The parts of the loss, scalars; it is their sum.
   *
   * @param local local crops with both teachers
   * @param global each global crop with the other's teacher
   */
  public record Terms(Operand<TFloat32> local, Operand<TFloat32> global) {}

  /**
   * Builds the loss.
   *
   * @param global logits of the global crops, [2B, K]
   * @param local logits of the local crops, [nB, K]; absent if there are none
   * @param probabilities of the teacher, [2B, K], crop 0 first; no gradient flows into them
   */
  public Terms terms(
      Ops tf,
      Operand<TFloat32> global,
      Optional<Operand<TFloat32>> local,
      Operand<TFloat32> probabilities) {
    ImmutableList<Operand<TFloat32>> crops = halves(tf, tf.stopGradient(probabilities));
    float pairs = 2 + Math.max(2 * localCrops, 1); // 3 without local crops, as published
    Operand<TFloat32> ofGlobal = entropy(tf, global, swapped(tf, probabilities), 2 / pairs);
    Operand<TFloat32> ofLocal = tf.constant(0f);
    if (local.isPresent()) {
      Operand<TFloat32> average =
          tf.math.mul(tf.math.add(crops.get(0), crops.get(1)), tf.constant(0.5f));
      Operand<TFloat32> targets = // each crop meets both teachers
          tf.tile(average, tf.constant(new int[] {localCrops, 1}));
      ofLocal = entropy(tf, local.get(), targets, 2 * localCrops / pairs);
    }
    return new Terms(ofLocal, ofGlobal);
  }

  /** Mean cross-entropy of the rows, times a factor: scalar. */
  private Operand<TFloat32> entropy(
      Ops tf, Operand<TFloat32> student, Operand<TFloat32> targets, float factor) {
    Operand<TFloat32> logits = tf.math.mul(student, tf.constant((float) (1 / temperature)));
    Operand<TFloat32> mean =
        tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, targets).loss(), tf.constant(0));
    return tf.math.mul(mean, tf.constant(factor));
  }

  /** The second crop's rows first, without gradient: [2B, K] → [2B, K]. */
  public static Operand<TFloat32> swapped(Ops tf, Operand<TFloat32> rows) {
    ImmutableList<Operand<TFloat32>> crops = halves(tf, tf.stopGradient(rows));
    return tf.concat(ImmutableList.of(crops.get(1), crops.get(0)), tf.constant(0));
  }

  private static ImmutableList<Operand<TFloat32>> halves(Ops tf, Operand<TFloat32> rows) {
    return ImmutableList.copyOf(tf.split(tf.constant(0), rows, 2L).output());
  }
}
