package org.dinojvm.train;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Floats;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Rgb;

/** The views that a configuration describes. */
public final class Crops {

  private Crops() {}

  /** Crops and colours of a configuration. */
  public static MultiCrop of(TrainConfig config) {
    return MultiCrop.builder()
        .globalSize(config.globalCropsSize())
        .localSize(config.localCropsSize())
        .localCrops(config.localCropsNumber())
        .globalScale(range(config.globalCropsScale()))
        .localScale(range(config.localCropsScale()))
        .aspectRatio(range(config.cropRatio()))
        .interpolation(config.interpolation())
        .flip((float) config.flipProbability())
        .jitter((float) config.jitterProbability())
        .brightness((float) config.brightness())
        .contrast((float) config.contrast())
        .saturation((float) config.saturation())
        .hue((float) config.hue())
        .grayscale((float) config.greyProbability())
        .blurGlobal1((float) config.blurProbabilityGlobal1())
        .blurGlobal2((float) config.blurProbabilityGlobal2())
        .blurLocal((float) config.blurProbabilityLocal())
        .blurRadius(range(config.blurRadius()))
        .solarizeGlobal2((float) config.solarizeProbability())
        .mean(channels(config.mean()))
        .std(channels(config.std()))
        .build();
  }

  /** The view that evaluation and serving use. */
  public static EvalView evalView(TrainConfig config) {
    return new EvalView(config.evalResizeSize(), config.evalCropSize(), config.evalFit());
  }

  private static org.dinojvm.data.augment.Range range(Range range) {
    return org.dinojvm.data.augment.Range.of(range.low(), range.high());
  }

  private static ImmutableList<Float> channels(Rgb rgb) {
    return ImmutableList.copyOf(Floats.asList(rgb.toArray()));
  }
}
