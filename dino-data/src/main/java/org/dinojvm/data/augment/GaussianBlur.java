package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.ascending;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Gaussian blur as Pillow's: {@link BoxBlur}. */
public record GaussianBlur(
    @Setting(
            value = "1.0",
            unit = "probability",
            doc = "Gaussian blur of the first global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double blurProbabilityGlobal1,
    @Setting(
            value = "0.1",
            unit = "probability",
            doc = "Gaussian blur of the second global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double blurProbabilityGlobal2,
    @Setting(
            value = "0.5",
            unit = "probability",
            doc = "Gaussian blur of a local crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double blurProbabilityLocal,
    @Setting(
            value = "0.1 2.0",
            unit = "pixels",
            doc = "Standard deviation of the Gaussian blur.",
            source = "main_dino.py, utils.GaussianBlur")
        Range blurRadius)
    implements Augmentation {

  /** The compiled function has a tap for each pixel that the largest blur reaches. */
  private static final int LARGEST_RADIUS = 32;

  /** Checks probabilities and radius. */
  public GaussianBlur {
    fraction("blur_probability_global1", blurProbabilityGlobal1);
    fraction("blur_probability_global2", blurProbabilityGlobal2);
    fraction("blur_probability_local", blurProbabilityLocal);
    ascending("blur_radius", blurRadius);
    require(
        blurRadius.high() <= LARGEST_RADIUS,
        "blur_radius",
        blurRadius,
        "must be at most " + LARGEST_RADIUS + " pixels");
  }

  @Override
  public String name() {
    return "blur";
  }

  private double probability(int view) {
    return switch (view) {
      case 0 -> blurProbabilityGlobal1;
      case 1 -> blurProbabilityGlobal2;
      default -> blurProbabilityLocal;
    };
  }

  @Override
  public boolean mayHappen(int view) {
    return probability(view) > 0;
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(Interval.chance(probability(view)), Interval.of(blurRadius));
  }

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    return Compiled.when(
        tf,
        drawn.get(0),
        crop,
        ImmutableList.of(drawn.get(1)),
        (ops, x, radius) ->
            ImageOps.gaussianBlur(
                ops,
                x,
                ops.reshape(radius.get(0), ops.constant(new int[] {1, 1, 1})),
                (float) blurRadius.high()));
  }
}
