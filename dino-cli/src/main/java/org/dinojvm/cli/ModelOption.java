package org.dinojvm.cli;

import java.nio.file.Path;
import java.util.function.Function;
import org.dinojvm.serve.FeatureModel;
import picocli.CommandLine.Option;

/** {@code --model}, of the commands that look at what a model has learned. */
final class ModelOption {

  private final Function<Path, FeatureModel> models;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a checkpoint, a SavedModel or a file of weights.")
  private Path path;

  /** An option whose model is opened by a function. */
  ModelOption(Function<Path, FeatureModel> models) {
    this.models = models;
  }

  /** Opens the model, which is the caller's to close. */
  FeatureModel open() {
    return models.apply(path);
  }

  Path path() {
    return path;
  }
}
