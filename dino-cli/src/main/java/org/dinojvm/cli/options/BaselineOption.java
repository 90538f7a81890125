package org.dinojvm.cli.options;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.dinojvm.eval.RawPixelModel;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Option;

/** {@code --baseline}: what a model is compared with, seen by the same eyes. */
public final class BaselineOption {

  @Option(
      names = "--baseline",
      description = {
        "The same of raw pixels (16 x 16) and of the network before any training, to compare: with"
            + " the same features and the same whitening."
      })
  private boolean baseline;

  /**
   * Opens each baseline in turn, if they are asked for.
   *
   * @param model whose network is also tried untrained; where it cannot be built anew, that is said
   * @param use gets the baseline's name and the baseline, which is closed afterwards
   */
  public void each(
      Path model, Trust trust, PrintWriter messages, BiConsumer<String, FeatureModel> use) {
    if (!baseline) {
      return;
    }
    try (FeatureModel pixels = new RawPixelModel()) {
      use.accept("raw_pixels", pixels);
    }
    Optional<FeatureModel> untrained = untrained(model, trust, messages);
    if (untrained.isPresent()) {
      try (FeatureModel opened = untrained.get()) {
        use.accept("untrained", opened);
      }
    }
  }

  private static Optional<FeatureModel> untrained(Path model, Trust trust, PrintWriter messages) {
    try {
      return Optional.of(FeatureModels.untrainedLike(model, trust));
    } catch (IllegalArgumentException e) {
      messages.printf("no untrained network to compare with: %s%n", e.getMessage());
      messages.flush();
      return Optional.empty();
    }
  }
}
