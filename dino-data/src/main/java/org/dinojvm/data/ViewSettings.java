package org.dinojvm.data;

import static org.dinojvm.settings.Rules.ascending;
import static org.dinojvm.settings.Rules.ascendingFractions;
import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Floats;
import org.dinojvm.settings.Rgb;
import org.dinojvm.settings.Setting;

/** The views of a picture: how many, how large, and how each is augmented. */
public record ViewSettings(
    @Setting(
            value = "224",
            unit = "pixels",
            doc = "Side of the two global crops.",
            source = "main_dino.py, DataAugmentationDINO")
        int globalCropsSize,
    @Setting(
            value = "0.4 1.0",
            unit = "share of the picture's area",
            doc = "Area of a global crop. Without local crops use 0.14 1.0.")
        org.dinojvm.settings.Range globalCropsScale,
    @Setting(value = "8", unit = "crops", doc = "Local crops of each picture; 0 for none.")
        int localCropsNumber,
    @Setting(
            value = "96",
            unit = "pixels",
            doc = "Side of the local crops.",
            source = "main_dino.py, DataAugmentationDINO")
        int localCropsSize,
    @Setting(
            value = "0.05 0.4",
            unit = "share of the picture's area",
            doc = "Area of a local crop.")
        org.dinojvm.settings.Range localCropsScale,
    @Setting(
            value = "0.75 1.3333",
            unit = "width / height",
            doc = "Aspect ratio of a crop before it is resized to a square.",
            source = "torchvision, RandomResizedCrop")
        org.dinojvm.settings.Range cropRatio,
    @Setting(
            value = "bicubic",
            doc = "How crops are resized, with antialiasing.",
            source = "main_dino.py, DataAugmentationDINO")
        Interpolation interpolation,
    @Setting(
            value = "0.5",
            unit = "probability",
            doc = "Horizontal flip.",
            source = "main_dino.py, DataAugmentationDINO")
        double flipProbability,
    @Setting(
            value = "0.8",
            unit = "probability",
            doc = "Colour jitter: the next four settings, in random order.",
            source = "main_dino.py, DataAugmentationDINO")
        double jitterProbability,
    @Setting(
            value = "0.4",
            doc = "Jitter: brightness is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double brightness,
    @Setting(
            value = "0.4",
            doc = "Jitter: contrast is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double contrast,
    @Setting(
            value = "0.2",
            doc = "Jitter: saturation is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double saturation,
    @Setting(
            value = "0.1",
            unit = "turns of the colour wheel",
            doc = "Jitter: hue is turned by at most this, 0 to 0.5.",
            source = "main_dino.py, DataAugmentationDINO")
        double hue,
    @Setting(
            value = "0.2",
            unit = "probability",
            doc = "Conversion to grayscale.",
            aliases = "grey_probability",
            source = "main_dino.py, DataAugmentationDINO")
        double grayscaleProbability,
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
        org.dinojvm.settings.Range blurRadius,
    @Setting(
            value = "0.2",
            unit = "probability",
            doc = "Inversion of the bright pixels of the second global crop.",
            source = "main_dino.py, DataAugmentationDINO")
        double solarizeProbability) {

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public ViewSettings {
    atLeast("global_crops_size", globalCropsSize, 1);
    atLeast("local_crops_number", localCropsNumber, 0);
    ascendingFractions("global_crops_scale", globalCropsScale);
    ascendingFractions("local_crops_scale", localCropsScale);
    ascending("crop_ratio", cropRatio);
    fraction("flip_probability", flipProbability);
    fraction("jitter_probability", jitterProbability);
    fraction("brightness", brightness);
    fraction("contrast", contrast);
    fraction("saturation", saturation);
    require(hue >= 0 && hue <= 0.5, "hue", hue, "must be between 0 and 0.5");
    fraction("grayscale_probability", grayscaleProbability);
    fraction("blur_probability_global1", blurProbabilityGlobal1);
    fraction("blur_probability_global2", blurProbabilityGlobal2);
    fraction("blur_probability_local", blurProbabilityLocal);
    ascending("blur_radius", blurRadius);
    fraction("solarize_probability", solarizeProbability);
  }

  /** The views as the pipeline makes them. */
  public MultiCrop multiCrop(Normalization normalization) {
    return MultiCrop.builder()
        .globalSize(globalCropsSize)
        .localSize(localCropsSize)
        .localCrops(localCropsNumber)
        .globalScale(range(globalCropsScale))
        .localScale(range(localCropsScale))
        .aspectRatio(range(cropRatio))
        .interpolation(interpolation)
        .flip((float) flipProbability)
        .jitter((float) jitterProbability)
        .brightness((float) brightness)
        .contrast((float) contrast)
        .saturation((float) saturation)
        .hue((float) hue)
        .grayscale((float) grayscaleProbability)
        .blurGlobal1((float) blurProbabilityGlobal1)
        .blurGlobal2((float) blurProbabilityGlobal2)
        .blurLocal((float) blurProbabilityLocal)
        .blurRadius(range(blurRadius))
        .solarizeGlobal2((float) solarizeProbability)
        .mean(channels(normalization.mean()))
        .std(channels(normalization.std()))
        .build();
  }

  private static Range range(org.dinojvm.settings.Range range) {
    return Range.of(range.low(), range.high());
  }

  private static ImmutableList<Float> channels(Rgb rgb) {
    return ImmutableList.copyOf(Floats.asList(rgb.toArray()));
  }

  /** The number of views of a picture: two global ones and the local ones. */
  public int views() {
    return 2 + localCropsNumber;
  }
}
