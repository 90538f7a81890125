package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.within;

import com.google.common.collect.ImmutableMap;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.loss.GramLoss;
import org.dinojvm.settings.Setting;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * Gram anchoring (Siméoni et al. 2025, arXiv:2508.10104, section 4.2): late in a long run, when
 * patches begin to look alike, similarities between a crop's patches shall stay those of an earlier
 * teacher. That Gram teacher is a copy of the EMA teacher's backbone in the objective's state, made
 * at first and from time to time.
 *
 * <p>Letters in shapes: B pictures, N patches of a global crop, D features.
 */
public record GramSettings(
    @Setting(
            value = "0.0",
            doc = "Weight of Gram anchoring; 0 for none, 2 in DINOv3.",
            source = "dinov3, gram.loss_weight")
        double gramWeight,
    @Setting(
            value = "1",
            unit = "epochs",
            doc =
                "When Gram anchoring begins, with the teacher of that time; after 1,000,000 steps"
                    + " in DINOv3.",
            source = "arXiv:2508.10104, section 4.2")
        int gramStart,
    @Setting(
            value = "1",
            unit = "epochs",
            doc =
                "How often the Gram teacher becomes the teacher of the time again; every 10,000"
                    + " steps in DINOv3.",
            source = "arXiv:2508.10104, section 4.2")
        int gramUpdateEpochs) {

  /** Name of the metric, not weighted. */
  static final String LOSS = "gram_loss";

  private static final String WEIGHT = "gram_weight";
  private static final String REFRESH = "gram_refresh";
  private static final String LEVEL = "gram";

  /** Checks each value. */
  public GramSettings {
    atLeast("gram_weight", gramWeight, 0);
    atLeast("gram_start", gramStart, 1);
    atLeast("gram_update_epochs", gramUpdateEpochs, 1);
  }

  /** Whether there is a Gram teacher. */
  boolean isOn() {
    return gramWeight > 0;
  }

  void validate(int epochs) {
    if (isOn()) {
      within("gram_start", gramStart, "epochs", epochs);
    }
  }

  /** The weight, 0 before the start; and 1 in steps at whose end the Gram teacher is made anew. */
  ImmutableMap<String, Schedule> schedules(RunLength run) {
    if (!isOn()) {
      return ImmutableMap.of();
    }
    long start = gramStart * run.stepsPerEpoch();
    long every = gramUpdateEpochs * run.stepsPerEpoch();
    return ImmutableMap.of(
        WEIGHT,
        step -> step < start ? 0 : gramWeight,
        REFRESH,
        step -> step + 1 >= start && (step + 1 - start) % every == 0 ? 1 : 0);
  }

  /**
   * A loss with Gram anchoring, or as it is.
   *
   * @param studentPatches after the final norm, [2B·N, D]
   */
  Loss with(Loss loss, StepInputs in, Operand<TFloat32> studentPatches) {
    if (!isOn()) {
      return loss;
    }
    Ops tf = in.tf();
    int dim = in.backbone().embedDim();
    int side = MaskedViews.side(in);
    int[] shape = {MaskedViews.crops(in), side * side, dim};
    Params teacher = in.state().at(LEVEL);
    Operand<TFloat32> anchor =
        in.backbone().forward(tf, teacher, in.views().global(), in.teacherMode()).patchTokens();
    Operand<TFloat32> gram =
        GramLoss.ANCHOR.of(
            tf,
            tf.reshape(studentPatches, tf.constant(shape)),
            tf.reshape(anchor, tf.constant(shape)),
            dim);
    Loss anchored =
        loss.plus(tf, tf.math.mul(gram, in.scheduled(WEIGHT)))
            .reporting(ImmutableMap.of(LOSS, gram));
    Operand<TBool> now = tf.math.greater(in.scheduled(REFRESH), tf.constant(0f));
    for (Variable copy : in.state().variables()) {
      String name = in.state().relativeName(copy);
      if (name.startsWith(LEVEL + ".")) {
        Variable weight = in.teacher().variable("backbone" + name.substring(LEVEL.length()));
        anchored =
            anchored.updating(Loss.Update.last(copy, tf.select(now, weight.value(), copy.value())));
      }
    }
    return anchored;
  }

  /** MACs of a picture's global crops through the Gram teacher. */
  double macs(Backbone backbone, MultiCrop views) {
    return isOn() ? 2.0 * backbone.macs(views.globalCropsSize()) : 0;
  }
}
