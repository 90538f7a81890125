package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.require;

import org.dinojvm.settings.Rgb;
import org.dinojvm.settings.Setting;
import org.dinojvm.settings.Settings;

/** What is done to pixels of 0 to 1 before a network sees them: (v − mean) / std. */
public record Normalization(
    @Setting(
            value = "0.485 0.456 0.406",
            unit = "of 0 to 1",
            doc = "What normalization subtracts from each channel.",
            source = "main_dino.py, DataAugmentationDINO")
        Rgb mean,
    @Setting(
            value = "0.229 0.224 0.225",
            unit = "of 0 to 1",
            doc = "What normalization divides each channel by.",
            source = "main_dino.py, DataAugmentationDINO")
        Rgb std) {

  /** Checks that nothing is divided by 0. */
  public Normalization {
    require(
        Math.min(std.red(), Math.min(std.green(), std.blue())) > 0,
        "std",
        std,
        "must be greater than 0 for every channel");
  }

  /** That of the published training script: ImageNet's channels. */
  public static Normalization published() {
    return Settings.of(Normalization.class).defaults();
  }
}
