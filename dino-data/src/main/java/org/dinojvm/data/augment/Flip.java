package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.ImmutableList;
import org.dinojvm.settings.Setting;

/** Horizontal flips. The resize does them, at no cost: see {@link Resampling#crops}. */
public record Flip(
    @Setting(
            value = "0.5",
            unit = "probability",
            doc = "Horizontal flip.",
            source = "main_dino.py, DataAugmentationDINO")
        double flipProbability)
    implements RandomChoice {

  /** Checks the probability. */
  public Flip {
    fraction("flip_probability", flipProbability);
  }

  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(Interval.chance(flipProbability));
  }
}
