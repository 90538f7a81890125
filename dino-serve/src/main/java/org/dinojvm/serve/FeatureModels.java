package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.dinojvm.checkpoint.Checkpoints;
import org.tensorflow.proto.ConfigProto;

/** Opens what a user calls a model: a run, a checkpoint, a SavedModel or a file of weights. */
public final class FeatureModels {

  private static final String SAVED_MODEL = "saved_model.pb";

  private FeatureModels() {}

  /**
   * Opens a model.
   *
   * @param path a run folder (its newest checkpoint is taken), a checkpoint folder, an export
   *     {@code savedmodels/NAME} (its newest version), one of its versions, or a file of weights
   *     (PyTorch or safetensors)
   * @throws IllegalArgumentException if it is none of these
   */
  public static FeatureModel open(Path path) {
    return openSession(path);
  }

  static SessionFeatureModel openSession(Path path) {
    if (Files.isRegularFile(path)) {
      return SessionFeatureModel.of(ImportedTeacher.read(path, "teacher", ImmutableMap.of()));
    }
    checkArgument(
        Files.isDirectory(path),
        "no model at %s; give a run folder, a checkpoint folder, a SavedModel folder or a file of"
            + " weights",
        path);
    if (Files.exists(path.resolve(SAVED_MODEL))) {
      return SessionFeatureModel.ofSavedModel(path, ConfigProto.getDefaultInstance());
    }
    Optional<Path> checkpoint = Checkpoints.in(path);
    if (checkpoint.isPresent()) {
      return SessionFeatureModel.ofCheckpoint(checkpoint.get());
    }
    Path version = newestVersion(path).orElseThrow(() -> nothingIn(path));
    return SessionFeatureModel.ofSavedModel(version, ConfigProto.getDefaultInstance());
  }

  /**
   * Opens an export with options of TensorFlow's session, among them threads and arithmetic.
   *
   * @param path {@code savedmodels/NAME} (its newest version is taken) or one of its versions
   * @throws IllegalArgumentException if it is no export
   */
  public static FeatureModel openExport(Path path, ConfigProto options) {
    Path version =
        Files.exists(path.resolve(SAVED_MODEL))
            ? path
            : Optional.of(path)
                .filter(Files::isDirectory)
                .flatMap(FeatureModels::newestVersion)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "no export at %s; expected saved_model.pb, or numbered versions of one"
                                .formatted(path)));
    return SessionFeatureModel.ofSavedModel(version, options);
  }

  /**
   * A network before any training.
   *
   * @param seed of its initial weights: that of a run gives those that the run started with
   */
  public static FeatureModel untrained(ModelConfig config, long seed) {
    return SessionFeatureModel.untrained(config, seed);
  }

  private static IllegalArgumentException nothingIn(Path path) {
    return new IllegalArgumentException(
        path
            + " holds no model; expected a run (with checkpoints/), a checkpoint (model.index) or a"
            + " SavedModel (saved_model.pb, or numbered versions of one)");
  }

  private static Optional<Path> newestVersion(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(child -> versionOf(child) > 0 && Files.exists(child.resolve(SAVED_MODEL)))
          .max(Comparator.comparingInt(FeatureModels::versionOf));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  /** The number that a version's folder is named by; 0 for any other name. */
  static int versionOf(Path folder) {
    Integer version = Ints.tryParse(folder.getFileName().toString());
    return version == null ? 0 : version;
  }
}
