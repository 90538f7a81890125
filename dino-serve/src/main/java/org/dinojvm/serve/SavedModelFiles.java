package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a SavedModel, before TensorFlow reads them. */
final class SavedModelFiles {

  /** The graph and its signatures. */
  static final String GRAPH = "saved_model.pb";

  /** The folder of the weights, and what its files start with. */
  static final String VARIABLES = "variables";

  /** TensorFlow would read this one instead, and nothing here would have looked at it. */
  private static final String GRAPH_IN_PARTS = "saved_model.cpb";

  private SavedModelFiles() {}

  /**
   * Checks that the files are there and are those of the model card, if there is one.
   *
   * @param version folder of one version
   * @throws IllegalArgumentException naming the file that is missing or not as it should be
   */
  static void check(Path version) {
    Path weights = version.resolve(VARIABLES).resolve(VARIABLES + ".index");
    checkArgument(
        Files.exists(weights), "the SavedModel %s is incomplete: %s is missing", version, weights);
    for (Path file : new Path[] {version.resolve(GRAPH), weights}) {
      checkArgument(Files.isRegularFile(file), "%s is not a regular file", file);
    }
    checkArgument(
        Files.notExists(version.resolve(GRAPH_IN_PARTS)),
        "the SavedModel %s holds %s, which no export of this project has; remove it",
        version,
        GRAPH_IN_PARTS);
    ModelCard.checkFiles(version);
  }
}
