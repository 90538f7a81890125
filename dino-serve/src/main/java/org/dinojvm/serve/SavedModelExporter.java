package org.dinojvm.serve;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.dinojvm.checkpoint.Checkpoint;
import org.dinojvm.files.DurableFiles;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.op.Ops;

/**
 * Publishes a checkpoint's EMA teacher, or an imported network, as {@code OUTPUT/<next version>/},
 * the layout that TensorFlow Serving watches. The version is written aside, forced to the disk and
 * renamed, so that whoever lists versions never sees a partial one.
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
    return export(CheckpointTeacher.of(checkpoint), output);
  }

  /**
   * Exports a checkpoint with other features than the class token, with a classifier of them or in
   * another arithmetic.
   *
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if the checkpoint cannot be read, the classifier is of another
   *     kind of network, or the network has no such tokens
   */
  public static Path export(Path checkpoint, Path output, ExportOptions options)
      throws IOException {
    return export(CheckpointTeacher.of(checkpoint), output, options);
  }

  /**
   * Exports a network, be it trained here or imported.
   *
   * @param output folder of the model's versions, e.g. {@code savedmodels/clipart}
   * @return the folder of the new version
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if the weights cannot be read or do not fit
   */
  public static Path export(Teacher teacher, Path output) throws IOException {
    return export(teacher, output, ExportOptions.PLAIN);
  }

  /**
   * The same with options, as {@link #export(Path, Path, ExportOptions)}.
   *
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if the weights cannot be read or do not fit
   */
  public static Path export(Teacher teacher, Path output, ExportOptions options)
      throws IOException {
    boolean isNew = Files.notExists(output);
    Files.createDirectories(output);
    Path aside = DurableFiles.createAside(output);
    try {
      ImmutableList<Signature> signatures = writeModel(teacher, options, aside);
      ModelInfo.of(teacher.config()).with(options).write(aside);
      Files.writeString(aside.resolve(FINGERPRINT), teacher.fingerprint());
      WarmUpRequests.write(
          aside,
          output.toAbsolutePath().normalize().getFileName().toString(),
          teacher.config().evalView().evalCropSize(),
          signatures);
      ModelCard.write(aside, teacher, options, signatures);
      return publish(aside, output);
    } finally {
      DurableFiles.deleteTree(aside);
      if (isNew && isEmpty(output)) {
        Files.delete(output);
      }
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.findAny().isEmpty();
    }
  }

  /**
   * The newest version that was exported from this checkpoint before.
   *
   * @param output folder of the model's versions
   * @param plain whether its features are the class token, or others
   */
  public static Optional<Path> exportOf(Path checkpoint, Path output, boolean plain)
      throws IOException {
    if (!Files.isDirectory(output)) {
      return Optional.empty();
    }
    String fingerprint = CheckpointTeacher.fingerprint(checkpoint);
    try (Stream<Path> children = Files.list(output)) {
      return children
          .filter(version -> FeatureModels.versionOf(version) > 0 && holds(version, fingerprint))
          .filter(version -> ModelInfo.read(version).readOut().isEmpty() == plain)
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

  private static ImmutableList<Signature> writeModel(
      Teacher teacher, ExportOptions options, Path folder) throws IOException {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ServingGraph serving =
          new ServingGraph(tf, teacher.config(), teacher.hasHead(), options.mode(), 0);
      ImmutableList.Builder<Signature> all = ImmutableList.builder();
      all.addAll(serving.signatures(options.readOut()));
      options.classifier().ifPresent(known -> all.add(serving.classify(known)));
      ImmutableList<Signature> signatures = all.build();
      Checkpoint saver = serving.addSaver();
      Path variables = Files.createDirectory(folder.resolve(SavedModelFiles.VARIABLES));
      teacher.save(serving, saver, session, variables.resolve(SavedModelFiles.VARIABLES));
      SavedModelWriter.write(graph, signatures, folder);
      return signatures;
    }
  }

  /** Renames to the next free number; another export at the same time may take one before us. */
  private static Path publish(Path aside, Path output) throws IOException {
    while (true) {
      Path version = output.resolve(Integer.toString(lastVersion(output) + 1));
      try {
        return DurableFiles.publish(aside, version);
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
