package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.positive;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.loss.Contrast;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * SimCLR's loss (Chen et al. 2020, arXiv:2002.05709, eq. 1) as a further term of a self-distilling
 * objective: the student's features of a global crop shall also, behind a projector of their own,
 * be nearer to those of the picture's other crop than to those of other pictures. On few pictures
 * and in a short time a network learns more by both than by either; docs/quickstart.md has figures.
 *
 * <p>Letters in shapes: B pictures, D features, d dimensions of the embedding.
 */
public record ContrastiveSettings(
    @Setting(
            value = "0.0",
            doc =
                "Weight of a contrastive term beside the loss, which helps on few pictures and in a"
                    + " short time; 0 for none.",
            source = "dino-jvm")
        double contrastiveWeight,
    @Setting(
            value = "0.2",
            doc = "Temperature of the contrastive term's softmax over the pictures of a batch.",
            source = "dino-jvm")
        double contrastiveTemperature,
    ProjectionSettings projection) {

  /** Name of the metric, not weighted. */
  static final String LOSS = "contrastive_loss";

  /** Checks each value. */
  public ContrastiveSettings {
    atLeast("contrastive_weight", contrastiveWeight, 0);
    positive("contrastive_temperature", contrastiveTemperature);
  }

  private boolean isOn() {
    return contrastiveWeight > 0;
  }

  void validate(OptimizerSettings optimizer) {
    if (isOn()) {
      TwoViews.requireSeveral(optimizer);
    }
  }

  /**
   * A loss with the contrastive term, or as it is.
   *
   * @param features the student's of all crops, crop-major, those of both global crops first, [n,
   *     D]
   */
  Loss with(Loss loss, StepInputs in, Operand<TFloat32> features) {
    if (!isOn()) {
      return loss;
    }
    Ops tf = in.tf();
    int[] globalCrops = {MaskedViews.crops(in), -1};
    Operand<TFloat32> embedding = // [2B, d]
        projection
            .simClr(in.backbone())
            .of(
                tf,
                in.student().at(TwoViews.PROJECTION),
                tf.slice(features, tf.constant(new int[2]), tf.constant(globalCrops)),
                in.studentMode());
    List<Operand<TFloat32>> z = TwoViews.halves(tf, embedding);
    Operand<TFloat32> term =
        new Contrast(contrastiveTemperature, in.workers()).ntXent(tf, z.get(0), z.get(1));
    return loss.plus(tf, tf.math.mul(term, tf.constant((float) contrastiveWeight)))
        .reporting(ImmutableMap.of(LOSS, term));
  }

  /** What the console shows of it: label by name. */
  ImmutableMap<String, String> consoleMetrics() {
    return isOn() ? ImmutableMap.of(LOSS, "contrastive") : ImmutableMap.of();
  }

  /** MACs of a picture's global crops through the projector. */
  double macs(Backbone backbone) {
    return isOn() ? 2.0 * projection.simClr(backbone).macs() : 0;
  }
}
