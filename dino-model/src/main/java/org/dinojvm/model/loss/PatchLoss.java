package org.dinojvm.model.loss;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * iBOT's loss of masked patches (Zhou et al. 2022, arXiv:2111.07832, eq. 2): the student that does
 * not see a patch shall have the distribution over prototypes of the teacher that does. Of a crop
 * the mean over its masked patches; then the mean over all crops, also those without a mask.
 *
 * <p>Letters in shapes: m patches, K prototypes.
 *
 * @param temperature of the student's softmax
 */
public record PatchLoss(double temperature) {

  /**
   * Builds the loss.
   *
   * @param student logits, [m, K]
   * @param probabilities of the teacher, [m, K]; no gradient flows into them
   * @param weights of a patch: 1 by the number of masked patches of its crop, or 0, [m]
   * @param crops how many there are, scalar
   * @return scalar
   */
  public Operand<TFloat32> of(
      Ops tf,
      Operand<TFloat32> student,
      Operand<TFloat32> probabilities,
      Operand<TFloat32> weights,
      Operand<TFloat32> crops) {
    Operand<TFloat32> logits = tf.math.mul(student, tf.constant((float) (1 / temperature)));
    Operand<TFloat32> entropies = // [m]
        tf.nn.softmaxCrossEntropyWithLogits(logits, tf.stopGradient(probabilities)).loss();
    return tf.math.div(tf.reduceSum(tf.math.mul(entropies, weights), tf.constant(0)), crops);
  }
}
