package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Inversion of the bright pixels of a global crop. */
public record Solarize(
    @Setting(
            value = "0.2",
            unit = "probability",
            doc = "Inversion of the bright pixels of the second global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double solarizeProbability,
    @Setting(
            value = "0.0",
            unit = "probability",
            doc = "Inversion of the bright pixels of the first global crop.",
            source = "dino-jvm")
        double solarizeProbabilityGlobal1)
    implements Augmentation {

  /** Checks the probabilities. */
  public Solarize {
    fraction("solarize_probability", solarizeProbability);
    fraction("solarize_probability_global1", solarizeProbabilityGlobal1);
  }

  @Override
  public String name() {
    return "solarize";
  }

  private double probability(int view) {
    return switch (view) {
      case 0 -> solarizeProbabilityGlobal1;
      case 1 -> solarizeProbability;
      default -> 0;
    };
  }

  @Override
  public boolean mayHappen(int view) {
    return probability(view) > 0;
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(Interval.chance(probability(view)));
  }

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    return Compiled.when(tf, drawn.get(0), crop, ImageOps::solarize);
  }
}
