package org.dinojvm.data.augment;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import java.util.Map;
import java.util.stream.Stream;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;

/**
 * What the views of a picture are: global crops, local ones, and how each is augmented.
 *
 * <p>The defaults are those of the published training script: arXiv:2104.14294, appendix E, and
 * class {@code DataAugmentationDINO} of <a
 * href="https://github.com/facebookresearch/dino/blob/main/main_dino.py">main_dino.py</a>.
 *
 * <p>A new augmentation is one more component here, and one more item of {@link #choices}.
 */
public record MultiCrop(
    RandomResizedCrops crops,
    Flip flip,
    ColorJitter jitter,
    Grayscale grayscale,
    GaussianBlur blur,
    Solarize solarize,
    Recolor recolor,
    Rotation rotation) {

  private static final Settings<MultiCrop> SETTINGS = Settings.of(MultiCrop.class);

  /** The augmentation of the published training script. */
  public static MultiCrop published() {
    return SETTINGS.defaults();
  }

  /** These with some values replaced, e.g. {@code with(Map.of("global_crops_size", 64))}. */
  public MultiCrop with(Map<String, ?> changes) {
    Map<String, String> texts = Maps.transformValues(changes, SettingKey::text);
    return SETTINGS.with(this, SETTINGS.parse(texts, "in the program"));
  }

  /** The number of views of a picture: the global crops and the local ones. */
  public int views() {
    return globalCropsNumber() + localCropsNumber();
  }

  /** The number of global crops of a picture, 2 but for methods that take one. */
  public int globalCropsNumber() {
    return crops.globalCropsNumber();
  }

  /** The number of local crops of a picture. */
  public int localCropsNumber() {
    return crops.localCropsNumber();
  }

  /** Side of a global crop in pixels. */
  public int globalCropsSize() {
    return crops.globalCropsSize();
  }

  /** Side of a local crop in pixels. */
  public int localCropsSize() {
    return crops.localCropsSize();
  }

  /**
   * All that is drawn and in use, in the order of the numbers, which is part of what a seed means:
   * runs that are resumed rely on it. Augmentations happen in this order, too. A new one goes to
   * the end, where it changes nothing while it is off.
   */
  ImmutableList<RandomChoice> choices() {
    return Stream.of(crops, jitter, flip, grayscale, blur, solarize, recolor, rotation)
        .filter(RandomChoice::isOn)
        .collect(toImmutableList());
  }
}
