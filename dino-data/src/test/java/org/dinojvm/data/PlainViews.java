package org.dinojvm.data;

import com.google.common.collect.ImmutableMap;

/** Views that are cut out, resized and flipped, and not augmented otherwise. */
public final class PlainViews {

  /**
   * Settings without augmentations. XLA takes longer to compile these than a small run takes for
   * all else: for tests of what does not depend on them.
   */
  public static final ImmutableMap<String, Integer> NO_AUGMENTATIONS = augmentations(0);

  private PlainViews() {}

  /** The settings of all augmentations' probabilities, each of which gets the same one. */
  static <T extends Number> ImmutableMap<String, T> augmentations(T probability) {
    return ImmutableMap.<String, T>builder()
        .put("jitter_probability", probability)
        .put("grayscale_probability", probability)
        .put("blur_probability_global1", probability)
        .put("blur_probability_global2", probability)
        .put("blur_probability_local", probability)
        .put("solarize_probability", probability)
        .put("solarize_probability_global1", probability)
        .buildOrThrow();
  }
}
