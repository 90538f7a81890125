package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.dinojvm.settings.Rules;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Fewer shades: Pillow's {@code ImageOps.posterize}. */
public record Posterize(
    @Setting(value = "0.0", unit = "probability", doc = "Reduction to fewer shades.")
        double posterizeProbability,
    @Setting(value = "4", unit = "bits", doc = "Posterize: bits that are kept of each channel.")
        int posterizeBits)
    implements Augmentation {

  public Posterize {
    Rules.fraction("posterize_probability", posterizeProbability);
    Rules.require(
        1 <= posterizeBits && posterizeBits <= 8,
        "posterize_bits",
        posterizeBits,
        "must be 1 to 8");
  }

  @Override
  public String name() {
    return "posterize";
  }

  @Override
  public boolean isOn() {
    return posterizeProbability > 0;
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(Interval.chance(posterizeProbability));
  }

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    float step = 1 << (8 - posterizeBits);
    return Compiled.when(
        tf,
        drawn.get(0),
        crop,
        (ops, x) ->
            ops.math.mul(
                ops.math.floor(ops.math.mul(x, ops.constant(1 / step))), ops.constant(step)));
  }
}
