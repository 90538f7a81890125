package org.dinojvm.export;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.dinojvm.train.Checkpoint;
import org.dinojvm.train.RunFolder;
import org.dinojvm.train.TrainConfig;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.op.Ops;

/**
 * Publishes a checkpoint's EMA teacher as {@code OUTPUT/<next version>/}, the layout that
 * TensorFlow Serving watches. The version is written aside and renamed, so that whoever lists
 * versions never sees a partial one.
 */
public final class SavedModelExporter {

  /** Tells which checkpoint a version was made from. */
  private static final Path FINGERPRINT = Path.of("assets.extra", "checkpoint.sha256");

  private SavedModelExporter() {}

  /**
   * Exports a checkpoint.
   *
   * @param checkpoint folder of a checkpoint
   * @param output folder of the model's versions, e.g. {@code savedmodels/clipart}
   * @return the folder of the new version
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if the checkpoint cannot be read
   */
  public static Path export(Path checkpoint, Path output) throws IOException {
    Files.createDirectories(output);
    Path aside = RunFolder.createAside(output);
    try {
      TrainConfig config = RunFolder.configOf(checkpoint);
      ImmutableList<Signature> signatures = writeModel(checkpoint, config, aside);
      GraphDefaults.strip(aside.resolve("saved_model.pb"));
      ModelInfo.of(config).write(aside);
      ModelCard.write(aside, config, checkpoint, signatures);
      Files.writeString(aside.resolve(FINGERPRINT), fingerprint(checkpoint));
      return publish(aside, output);
    } finally {
      RunFolder.deleteTree(aside);
    }
  }

  /**
   * The newest version that was exported from this checkpoint before.
   *
   * @param output folder of the model's versions
   */
  public static Optional<Path> exportOf(Path checkpoint, Path output) throws IOException {
    if (!Files.isDirectory(output)) {
      return Optional.empty();
    }
    String fingerprint = fingerprint(checkpoint);
    try (Stream<Path> children = Files.list(output)) {
      return children
          .filter(version -> FeatureModels.versionOf(version) > 0 && holds(version, fingerprint))
          .max(Comparator.comparingInt(FeatureModels::versionOf));
    }
  }

  private static boolean holds(Path version, String fingerprint) {
    Path known = version.resolve(FINGERPRINT);
    try {
      return Files.exists(known) && Files.readString(known).equals(fingerprint);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + known, e);
    }
  }

  /** A checkpoint's index holds a checksum of every tensor. */
  private static String fingerprint(Path checkpoint) throws IOException {
    return MoreFiles.asByteSource(checkpoint.resolve("model.index"))
        .hash(Hashing.sha256())
        .toString();
  }

  private static ImmutableList<Signature> writeModel(
      Path checkpoint, TrainConfig config, Path folder) throws IOException {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ServingGraph serving = new ServingGraph(tf, config);
      ImmutableList<Signature> signatures = serving.signatures();
      Checkpoint teacher = serving.teacherWeights();
      serving.addSaver();
      teacher.restore(session, checkpoint);
      List<SessionFunction> functions =
          signatures.stream().map(signature -> SessionFunction.create(signature, session)).toList();
      SavedModelBundle.exporter(folder.toString())
          .withFunctions(functions.toArray(new SessionFunction[0]))
          .export();
      return signatures;
    }
  }

  /** Renames to the next free number; another export at the same time may take one before us. */
  private static Path publish(Path aside, Path output) throws IOException {
    while (true) {
      Path version = output.resolve(Integer.toString(lastVersion(output) + 1));
      try {
        return Files.move(aside, version, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (!Files.exists(version)) {
          throw e;
        }
      }
    }
  }

  private static int lastVersion(Path output) throws IOException {
    try (Stream<Path> children = Files.list(output)) {
      return children.mapToInt(FeatureModels::versionOf).max().orElse(0);
    }
  }
}
