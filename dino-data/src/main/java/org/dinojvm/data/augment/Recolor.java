package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.between;
import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.List;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Red, green and blue changed each by itself, in contrast and brightness: a change of colors far
 * beyond {@link ColorJitter}'s, as of another print or another light. For features that shall find
 * recolored pictures; off in the published recipes.
 */
public record Recolor(
    @Setting(
            value = "0.0",
            unit = "probability",
            doc = "Recoloring: contrast and brightness of each channel changed by itself.",
            source = "dino-jvm")
        double recolorProbability,
    @Setting(
            value = "0.5",
            doc =
                "Recoloring: a channel's contrast is multiplied by a factor at most this far from 1.",
            source = "dino-jvm")
        double recolorContrast,
    @Setting(
            value = "30.0",
            unit = "0 to 255",
            doc = "Recoloring: a channel becomes lighter or darker by at most this.",
            source = "dino-jvm")
        double recolorShift)
    implements Augmentation {

  private static final int CHANNELS = 3;

  /** Checks the probability and both strengths. */
  public Recolor {
    fraction("recolor_probability", recolorProbability);
    fraction("recolor_contrast", recolorContrast);
    between("recolor_shift", recolorShift, 0, 255);
  }

  @Override
  public String name() {
    return "recoloring";
  }

  @Override
  public boolean isOn() {
    return recolorProbability > 0;
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.<Interval>builder()
        .add(Interval.chance(recolorProbability))
        .addAll(Collections.nCopies(CHANNELS, Interval.around(1, recolorContrast)))
        .addAll(Collections.nCopies(CHANNELS, Interval.around(0, recolorShift)))
        .build();
  }

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    return Compiled.when(
        tf,
        drawn.get(0),
        crop,
        drawn.subList(1, drawn.size()),
        (ops, x, numbers) ->
            ImageOps.recolor(
                ops,
                x,
                perChannel(ops, numbers.subList(0, CHANNELS)),
                perChannel(ops, numbers.subList(CHANNELS, 2 * CHANNELS))));
  }

  /** [3, 1, 1, 1] of three numbers. */
  private static Operand<TFloat32> perChannel(Ops tf, List<Operand<TFloat32>> numbers) {
    return tf.reshape(tf.stack(numbers), tf.constant(new int[] {CHANNELS, 1, 1, 1}));
  }
}
