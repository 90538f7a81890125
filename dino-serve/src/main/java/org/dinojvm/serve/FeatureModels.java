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
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightFile;
import org.tensorflow.proto.ConfigProto;

/** Opens what a user calls a model: a run, a checkpoint, a SavedModel or a file of weights. */
public final class FeatureModels {

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
    return open(path, Trust.CHECKED);
  }

  /**
   * Opens a model.
   *
   * @param path as for {@link #open(Path)}
   * @param trust whether the graph of a SavedModel may do more than this project's exports do; for
   *     other models without meaning, since this project builds their graphs
   * @throws IllegalArgumentException if there is none at the path, it is damaged, or its graph is
   *     refused
   */
  public static FeatureModel open(Path path, Trust trust) {
    return openSession(path, trust);
  }

  static SessionFeatureModel openSession(Path path, Trust trust) {
    if (Files.isRegularFile(path) || WeightFile.isFolderOfWeights(path)) {
      return SessionFeatureModel.of(ImportedTeacher.read(path, "teacher", ImmutableMap.of()));
    }
    checkArgument(
        Files.isDirectory(path),
        "no model at %s; give a run folder, a checkpoint folder, a SavedModel folder or a file of"
            + " weights",
        path);
    if (Files.exists(path.resolve(SavedModelFiles.GRAPH))) {
      return SessionFeatureModel.ofSavedModel(path, ConfigProto.getDefaultInstance(), trust);
    }
    Optional<Path> checkpoint = Checkpoints.in(path);
    if (checkpoint.isPresent()) {
      return SessionFeatureModel.ofCheckpoint(checkpoint.get());
    }
    Path version = newestVersion(path).orElseThrow(() -> nothingIn(path));
    return SessionFeatureModel.ofSavedModel(version, ConfigProto.getDefaultInstance(), trust);
  }

  /**
   * Opens an export with options of TensorFlow's session, among them threads and arithmetic.
   *
   * @param path {@code savedmodels/NAME} (its newest version is taken) or one of its versions
   * @throws IllegalArgumentException if it is no export
   */
  public static FeatureModel openExport(Path path, ConfigProto options, Trust trust) {
    Path version =
        Files.exists(path.resolve(SavedModelFiles.GRAPH))
            ? path
            : Optional.of(path)
                .filter(Files::isDirectory)
                .flatMap(FeatureModels::newestVersion)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "no export at %s; expected saved_model.pb, or numbered versions of one"
                                .formatted(path)));
    return SessionFeatureModel.ofSavedModel(version, options, trust);
  }

  /**
   * A network before any training.
   *
   * @param seed of its initial weights: that of a run gives those that the run started with
   */
  public static FeatureModel untrained(ModelConfig config, long seed) {
    return SessionFeatureModel.untrained(config, seed);
  }

  /**
   * The network of a model before any training: what training has to beat. Of a run it is the one
   * that the run started with.
   *
   * @param path as for {@link #open(Path, Trust)}
   * @throws IllegalArgumentException as {@link #open(Path, Trust)}
   */
  public static FeatureModel untrainedLike(Path path, Trust trust) {
    Optional<Path> checkpoint = Files.isDirectory(path) ? Checkpoints.in(path) : Optional.empty();
    if (checkpoint.isPresent()) {
      Path config = Checkpoints.configOf(checkpoint.get());
      String seed = YamlSettings.read(config).getOrDefault("seed", "0");
      return untrained(ModelConfig.read(config), Long.parseLong(seed));
    }
    if (Files.isRegularFile(path)) {
      return untrained(ImportedTeacher.read(path, "teacher", ImmutableMap.of()).config(), 0);
    }
    try (SessionFeatureModel model = openSession(path, trust)) {
      RebuiltTeacher teacher = RebuiltTeacher.of(path.toString(), model.info(), model.weights());
      return untrained(teacher.config(), 0);
    }
  }

  /**
   * A network of given weights.
   *
   * @param name what messages call it
   * @param weights by published name, at least those of the backbone
   * @throws IllegalArgumentException if they are not those of the network
   */
  public static FeatureModel ofWeights(
      String name, ModelConfig config, ImmutableMap<String, Weight> weights) {
    return SessionFeatureModel.of(new RebuiltTeacher(name, config, weights));
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
          .filter(
              child -> versionOf(child) > 0 && Files.exists(child.resolve(SavedModelFiles.GRAPH)))
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
