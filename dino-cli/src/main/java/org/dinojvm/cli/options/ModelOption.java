package org.dinojvm.cli.options;

import java.nio.file.Path;
import java.util.function.BiFunction;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --model}, of the commands that look at what a model has learned. */
public final class ModelOption {

  private final BiFunction<Path, Trust, FeatureModel> models;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a checkpoint, a SavedModel or a file of weights.")
  private Path path;

  @Mixin private TrustOption trust;

  /** An option whose model is opened by a function. */
  public ModelOption(BiFunction<Path, Trust, FeatureModel> models) {
    this.models = models;
  }

  /** Opens the model, which is the caller's to close. */
  public FeatureModel open() {
    return models.apply(path, trust.trust());
  }

  /** Where the model is. */
  public Path path() {
    return path;
  }

  /** How far whoever made it is trusted. */
  public Trust trust() {
    return trust.trust();
  }
}
