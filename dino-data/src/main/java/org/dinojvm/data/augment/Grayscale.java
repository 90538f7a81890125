package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Conversion to grayscale. */
public record Grayscale(
    @Setting(
            value = "0.2",
            unit = "probability",
            doc = "Conversion to grayscale.",
            aliases = "grey_probability",
            source = "main_dino.py, DataAugmentationDINO")
        double grayscaleProbability)
    implements Augmentation {

  /** Checks the probability. */
  public Grayscale {
    fraction("grayscale_probability", grayscaleProbability);
  }

  @Override
  public String name() {
    return "grayscale";
  }

  @Override
  public boolean mayHappen(int view) {
    return grayscaleProbability > 0;
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(Interval.chance(grayscaleProbability));
  }

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    return Compiled.when(tf, drawn.get(0), crop, ImageOps::grayscale);
  }
}
