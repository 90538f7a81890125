package org.dinojvm.eval;

import static org.dinojvm.settings.Rules.fraction;

import java.util.OptionalDouble;
import org.dinojvm.eval.math.Whitening;
import org.dinojvm.settings.Setting;
import org.dinojvm.settings.Settings;

/**
 * What is taken for a picture's features, and what is done with them before anything is measured:
 * the same for a model and for the baselines beside it.
 */
public record FeatureOptions(
    @Setting(
            value = "cls",
            doc =
                "Which features: the class token, the mean of the patches' tokens, both (cls+mean), or the class tokens of the last 4 blocks.",
            source = "eval_knn.py")
        FeatureKind features,
    @Setting(
            value = "false",
            doc =
                "Whitens features by their principal components, learned on the pictures that are searched or learned from.",
            source = "dino-jvm")
        boolean whiten,
    @Setting(
            value = "0.5",
            doc =
                "Power of the eigenvalues that whitening divides principal components by: with 0.5 all have the same variance, with less the large ones stay larger.",
            source = "whitening in eval_copy_detection.py")
        double whiteningPower) {

  /** The class token as it is. */
  public static final FeatureOptions DEFAULT =
      new FeatureOptions(FeatureKind.CLS, false, Whitening.FULL);

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public FeatureOptions {
    fraction("whitening_power", whiteningPower);
  }

  /** How features are whitened, if they are. */
  OptionalDouble whitening() {
    return whiten ? OptionalDouble.of(whiteningPower) : OptionalDouble.empty();
  }

  /**
   * Which features a text names.
   *
   * @param text such as {@code cls+mean}, given on the command line
   * @throws IllegalArgumentException if there are none of that name
   */
  public static FeatureKind kind(String text) {
    return (FeatureKind)
        settings().find("features").orElseThrow().parse(text, "on the command line");
  }

  /** How keys and texts become options. */
  public static Settings<FeatureOptions> settings() {
    return Settings.of(FeatureOptions.class);
  }
}
