package org.dinojvm.model.loss;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * SwAV's swapped prediction (Caron et al. 2020, arXiv:2006.09882, eq. 2; published {@code
 * main_swav.py}): from each crop, the assignment of each large crop of the same picture to
 * prototypes is predicted.
 *
 * <p>Letters in shapes: B pictures, V crops of which the first 2 are large, K prototypes.
 *
 * @param temperature T of the prediction
 * @param codes makes assignments of scores
 */
public record SwavLoss(double temperature, SinkhornKnopp codes) {

  /**
   * The loss and what it was computed from.
   *
   * @param loss scalar
   * @param codes assignments of the two large crops, [B, K] each
   */
  public record Terms(Operand<TFloat32> loss, ImmutableList<Operand<TFloat32>> codes) {}

  /**
   * Builds the loss.
   *
   * @param scores cosines with the prototypes, [B, K] for each crop
   * @param queues for each of the large crops earlier samples of it; none, or 2
   */
  public Terms terms(Ops tf, List<Operand<TFloat32>> scores, List<SinkhornKnopp.Further> queues) {
    checkArgument(scores.size() >= 2, "%s crops, at least 2 are needed", scores.size());
    List<Operand<TFloat32>> assignments = new ArrayList<>();
    List<Operand<TFloat32>> byLarge = new ArrayList<>();
    for (int large = 0; large < 2; large++) {
      Optional<SinkhornKnopp.Further> queue =
          queues.isEmpty() ? Optional.empty() : Optional.of(queues.get(large));
      Operand<TFloat32> code = codes.assign(tf, scores.get(large), queue);
      assignments.add(code);
      for (int crop = 0; crop < scores.size(); crop++) {
        if (crop != large) {
          byLarge.add(crossEntropy(tf, scores.get(crop), code));
        }
      }
    }
    Operand<TFloat32> loss = tf.math.mean(tf.stack(byLarge), tf.constant(0)); // 2(V − 1) terms
    return new Terms(loss, ImmutableList.copyOf(assignments));
  }

  private Operand<TFloat32> crossEntropy(Ops tf, Operand<TFloat32> scores, Operand<TFloat32> code) {
    Operand<TFloat32> logits = tf.math.mul(scores, tf.constant((float) (1 / temperature)));
    return tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, code).loss(), tf.constant(0));
  }
}
