package org.dinojvm.data.augment;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;

/**
 * What the views of a picture are: two global crops, some local ones, and how each is augmented.
 *
 * <p>The defaults are those of the published training script: arXiv:2104.14294, appendix E, and
 * class {@code DataAugmentationDINO} of <a
 * href="https://github.com/facebookresearch/dino/blob/main/main_dino.py">main_dino.py</a>.
 *
 * @param globalSize side of a global crop in pixels
 * @param localSize side of a local crop in pixels
 * @param localCrops number of local crops, 0 for none
 * @param globalScale share of the picture's area that a global crop covers, in (0, 1]
 * @param localScale share of the picture's area that a local crop covers, in (0, 1]
 * @param aspectRatio width / height of the box that is cut out
 * @param interpolation filter of the resize
 * @param flip probability of a horizontal flip
 * @param jitter probability that brightness, contrast, saturation and hue are changed
 * @param brightness the factor is drawn from [1 − brightness, 1 + brightness]
 * @param contrast as brightness
 * @param saturation as brightness
 * @param hue the shift is drawn from [−hue, hue], in turns of the colour wheel
 * @param grayscale probability of a grey crop
 * @param blurGlobal1 probability of a blur in the first global crop
 * @param blurGlobal2 probability of a blur in the second global crop
 * @param blurLocal probability of a blur in a local crop
 * @param blurRadius standard deviation of the blur in pixels
 * @param solarizeGlobal2 probability that the second global crop is solarized
 * @param mean per channel R, G, B, in units of 0…1
 * @param std per channel R, G, B, in units of 0…1
 */
public record MultiCrop(
    int globalSize,
    int localSize,
    int localCrops,
    Range globalScale,
    Range localScale,
    Range aspectRatio,
    Interpolation interpolation,
    float flip,
    float jitter,
    float brightness,
    float contrast,
    float saturation,
    float hue,
    float grayscale,
    float blurGlobal1,
    float blurGlobal2,
    float blurLocal,
    Range blurRadius,
    float solarizeGlobal2,
    ImmutableList<Float> mean,
    ImmutableList<Float> std) {

  public MultiCrop {
    checkSize("global", globalSize);
    checkSize("local", localSize);
    checkArgument(localCrops >= 0, "illegal number of local crops %s: 0 or more", localCrops);
    checkScale("global", globalScale);
    checkScale("local", localScale);
    checkArgument(aspectRatio.low() > 0, "illegal aspect ratio %s: above 0", aspectRatio);
    checkProbability("flip", flip);
    checkProbability("jitter", jitter);
    checkProbability("grayscale", grayscale);
    checkProbability("blurGlobal1", blurGlobal1);
    checkProbability("blurGlobal2", blurGlobal2);
    checkProbability("blurLocal", blurLocal);
    checkProbability("solarizeGlobal2", solarizeGlobal2);
    checkStrength("brightness", brightness, 1);
    checkStrength("contrast", contrast, 1);
    checkStrength("saturation", saturation, 1);
    checkStrength("hue", hue, 0.5f);
    checkArgument(
        blurRadius.low() >= 0 && blurRadius.high() <= 32,
        "illegal blur radius %s: 0 to 32 pixels",
        blurRadius);
    checkArgument(mean.size() == 3, "illegal mean %s: three numbers, R, G, B", mean);
    checkArgument(
        std.size() == 3 && std.stream().allMatch(s -> s > 0),
        "illegal std %s: three numbers above 0, R, G, B",
        std);
  }

  /** The augmentation of the published training script. */
  public static MultiCrop published() {
    return builder().build();
  }

  /** Starts from {@link #published()}. */
  public static Builder builder() {
    return new Builder();
  }

  /** The number of views of one picture: two global ones and the local ones. */
  public int views() {
    return 2 + localCrops;
  }

  private static void checkSize(String name, int size) {
    checkArgument(size >= 1, "illegal %s crop size %s: at least 1 pixel", name, size);
  }

  private static void checkScale(String name, Range scale) {
    checkArgument(
        scale.low() > 0 && scale.high() <= 1,
        "illegal %s scale %s: shares of the picture's area, above 0 and at most 1",
        name,
        scale);
  }

  private static void checkProbability(String name, float value) {
    checkArgument(value >= 0 && value <= 1, "illegal %s %s: a probability, 0 to 1", name, value);
  }

  private static void checkStrength(String name, float value, float limit) {
    checkArgument(value >= 0 && value <= limit, "illegal %s %s: 0 to %s", name, value, limit);
  }

  /** Changes some settings of the published augmentation. */
  public static final class Builder {
    private int globalSize = 224;
    private int localSize = 96;
    private int localCrops = 8;
    private Range globalScale = Range.of(0.4, 1);
    private Range localScale = Range.of(0.05, 0.4);
    private Range aspectRatio = Range.of(3 / 4.0, 4 / 3.0);
    private Interpolation interpolation = Interpolation.BICUBIC;
    private float flip = 0.5f;
    private float jitter = 0.8f;
    private float brightness = 0.4f;
    private float contrast = 0.4f;
    private float saturation = 0.2f;
    private float hue = 0.1f;
    private float grayscale = 0.2f;
    private float blurGlobal1 = 1;
    private float blurGlobal2 = 0.1f;
    private float blurLocal = 0.5f;
    private Range blurRadius = Range.of(0.1, 2);
    private float solarizeGlobal2 = 0.2f;
    private ImmutableList<Float> mean = ImmutableList.of(0.485f, 0.456f, 0.406f);
    private ImmutableList<Float> std = ImmutableList.of(0.229f, 0.224f, 0.225f);

    private Builder() {}

    public Builder globalSize(int value) {
      globalSize = value;
      return this;
    }

    public Builder localSize(int value) {
      localSize = value;
      return this;
    }

    public Builder localCrops(int value) {
      localCrops = value;
      return this;
    }

    public Builder globalScale(Range value) {
      globalScale = value;
      return this;
    }

    public Builder localScale(Range value) {
      localScale = value;
      return this;
    }

    public Builder aspectRatio(Range value) {
      aspectRatio = value;
      return this;
    }

    public Builder interpolation(Interpolation value) {
      interpolation = value;
      return this;
    }

    public Builder flip(float value) {
      flip = value;
      return this;
    }

    public Builder jitter(float value) {
      jitter = value;
      return this;
    }

    public Builder brightness(float value) {
      brightness = value;
      return this;
    }

    public Builder contrast(float value) {
      contrast = value;
      return this;
    }

    public Builder saturation(float value) {
      saturation = value;
      return this;
    }

    public Builder hue(float value) {
      hue = value;
      return this;
    }

    public Builder grayscale(float value) {
      grayscale = value;
      return this;
    }

    public Builder blurGlobal1(float value) {
      blurGlobal1 = value;
      return this;
    }

    public Builder blurGlobal2(float value) {
      blurGlobal2 = value;
      return this;
    }

    public Builder blurLocal(float value) {
      blurLocal = value;
      return this;
    }

    public Builder blurRadius(Range value) {
      blurRadius = value;
      return this;
    }

    public Builder solarizeGlobal2(float value) {
      solarizeGlobal2 = value;
      return this;
    }

    public Builder mean(ImmutableList<Float> value) {
      mean = value;
      return this;
    }

    public Builder std(ImmutableList<Float> value) {
      std = value;
      return this;
    }

    public MultiCrop build() {
      return new MultiCrop(
          globalSize,
          localSize,
          localCrops,
          globalScale,
          localScale,
          aspectRatio,
          interpolation,
          flip,
          jitter,
          brightness,
          contrast,
          saturation,
          hue,
          grayscale,
          blurGlobal1,
          blurGlobal2,
          blurLocal,
          blurRadius,
          solarizeGlobal2,
          mean,
          std);
    }
  }
}
