package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.between;
import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A crop turned about its middle, so that turned pictures mean the same. Off in the published
 * recipes, whose photographs have an up and a down.
 */
public record Rotation(
    @Setting(
            value = "0.0",
            unit = "probability",
            doc = "Rotation of a crop about its middle.",
            source = "torchvision, RandomRotation")
        double rotationProbability,
    @Setting(
            value = "30.0",
            unit = "degrees",
            doc = "Rotation: by at most this, either way.",
            source = "torchvision, RandomRotation")
        double rotationDegrees,
    @Setting(
            value = "0",
            unit = "0 to 255",
            doc = "Rotation: the gray of what lies outside of the crop; 0 is black.",
            source = "torchvision, RandomRotation, fill")
        int rotationFill)
    implements Augmentation {

  /** Checks probability, angle and ground. */
  public Rotation {
    fraction("rotation_probability", rotationProbability);
    between("rotation_degrees", rotationDegrees, 0, 180);
    between("rotation_fill", rotationFill, 0, 255);
  }

  @Override
  public String name() {
    return "rotation";
  }

  @Override
  public boolean isOn() {
    return rotationProbability > 0;
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(
        Interval.chance(rotationProbability), Interval.around(0, rotationDegrees));
  }

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    return Compiled.when(
        tf,
        drawn.get(0),
        crop,
        ImmutableList.of(drawn.get(1)),
        (ops, x, numbers) -> ImageOps.rotate(ops, x, numbers.get(0), rotationFill));
  }
}
