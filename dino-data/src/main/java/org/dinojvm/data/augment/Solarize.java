package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Inversion of bright pixels, of the second global crop alone. */
public record Solarize(
    @Setting(
            value = "0.2",
            unit = "probability",
            doc = "Inversion of the bright pixels of the second global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double solarizeProbability)
    implements Augmentation {

  /** Checks the probability. */
  public Solarize {
    fraction("solarize_probability", solarizeProbability);
  }

  @Override
  public String name() {
    return "solarize";
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(Interval.chance(view == 1 ? solarizeProbability : 0));
  }

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    return Compiled.when(tf, drawn.get(0), crop, ImageOps::solarize);
  }
}
