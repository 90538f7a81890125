package org.dinojvm.train;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dinojvm.config.Settings;
import org.dinojvm.data.ImageFolder.SkippedFile;
import org.tensorflow.Session;

/**
 * The files of one training run.
 *
 * <pre>
 * config.yaml               the effective configuration
 * log.jsonl                 one object every few steps
 * skipped.tsv               files of the data folder that were not used, and why
 * checkpoints/step-00000042 a checkpoint, complete in itself: weights and configuration
 * </pre>
 */
public final class RunFolder {

  private static final String CONFIG = "config.yaml";
  private static final String CHECKPOINTS = "checkpoints";
  private static final String STEP = "step-";
  private static final Pattern STEP_NUMBER = Pattern.compile(STEP + "(\\d{1,18})");
  private static final String ASIDE = ".saving-";

  /** What may change between the sessions of a run without changing what is learned. */
  private static final ImmutableSet<String> HARMLESS =
      ImmutableSet.of(
          "output_dir",
          "threads",
          "parallel_ops",
          "num_workers",
          "saveckp_freq",
          "checkpoint_every_steps",
          "keep_checkpoints",
          "log_every_steps",
          "knn_train",
          "knn_val",
          "knn_every_epochs",
          "dist_url",
          "local_rank",
          "use_fp16");

  private final Path root;

  private RunFolder(Path root) {
    this.root = root;
  }

  /**
   * The folder of a run, new or to be gone on with; nothing is written yet.
   *
   * @throws IllegalArgumentException if it holds a run of another configuration, or other files
   */
  public static RunFolder of(TrainConfig config) throws IOException {
    Path root = Path.of(config.outputDir());
    Path known = root.resolve(CONFIG);
    if (Files.exists(known)) {
      checkSameRun(root, TrainConfig.read(known), config);
    } else {
      checkEmpty(root);
    }
    return new RunFolder(root);
  }

  /** Makes the folder ready for a session of the run, and removes what a killed one left. */
  void open(TrainConfig config) throws IOException {
    Path checkpoints = Files.createDirectories(root.resolve(CHECKPOINTS));
    for (Path leftover : children(checkpoints, name -> name.startsWith(ASIDE))) {
      deleteTree(leftover);
    }
    config.write(root.resolve(CONFIG));
  }

  private static void checkSameRun(Path root, TrainConfig before, TrainConfig now) {
    List<Settings.Difference> differences =
        now.differencesFrom(before).stream()
            .filter(difference -> !HARMLESS.contains(difference.key().toString()))
            .toList();
    checkArgument(
        differences.isEmpty(),
        "%s holds another run; what differs: %s. Choose another --output, or the same settings to"
            + " go on with it",
        root,
        differences.stream().map(Settings.Difference::toString).collect(Collectors.joining(", ")));
  }

  private static void checkEmpty(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    checkArgument(Files.isDirectory(root), "%s is a file; --output names a folder", root);
    try (Stream<Path> children = Files.list(root)) {
      checkArgument(
          children.findAny().isEmpty(),
          "%s holds other files and no run; choose a new or empty folder as --output",
          root);
    }
  }

  /** Where the log goes. */
  public Path log() {
    return root.resolve("log.jsonl");
  }

  /** The folder itself. */
  public Path root() {
    return root;
  }

  /** Lists the files that were not used, a line each: path, tab, reason. */
  void writeSkipped(List<SkippedFile> skipped) throws IOException {
    Files.write(
        root.resolve("skipped.tsv"),
        skipped.stream().map(file -> file.file() + "\t" + file.reason()).toList());
  }

  /**
   * Writes a checkpoint aside and renames it, so that a kill at any moment leaves whole ones only.
   *
   * @param step number of steps that were trained
   * @return its folder
   */
  Path save(Checkpoint checkpoint, Session session, TrainConfig config, long step)
      throws IOException {
    Path checkpoints = root.resolve(CHECKPOINTS);
    Path target = checkpoints.resolve(String.format("%s%08d", STEP, step));
    try {
      return save(checkpoint, session, config, target);
    } catch (IOException e) {
      throw new IOException(
          "cannot save %s: %s; the checkpoints before it are whole"
              .formatted(target, IoFailures.reason(e)),
          e);
    }
  }

  private static Path save(Checkpoint checkpoint, Session session, TrainConfig config, Path target)
      throws IOException {
    Path aside = createAside(target.getParent());
    try {
      checkpoint.save(session, aside);
      config.write(aside.resolve(CONFIG));
      if (Files.exists(target)) {
        deleteTree(target);
      }
      return Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      deleteTree(aside);
    }
  }

  /** Removes all but the newest checkpoints and those that are kept for good. */
  void prune(TrainConfig config, long stepsPerEpoch) throws IOException {
    ImmutableList<Path> all = checkpoints(root);
    long kept = config.saveckpFreq() * stepsPerEpoch;
    for (Path checkpoint : all.subList(0, Math.max(0, all.size() - config.keepCheckpoints()))) {
      if (kept == 0 || stepOf(checkpoint) % kept != 0) {
        deleteTree(checkpoint);
      }
    }
  }

  /** The newest checkpoint. */
  Optional<Path> newestCheckpoint() {
    return checkpointIn(root);
  }

  /** The number of steps that a checkpoint's weights were trained for. */
  static long stepOf(Path checkpoint) {
    Matcher name = STEP_NUMBER.matcher(checkpoint.getFileName().toString());
    checkArgument(
        name.matches(), "%s is not named like a checkpoint, %s00000042", checkpoint, STEP);
    return Long.parseLong(name.group(1));
  }

  /** The checkpoint that a path names: the folder itself, or the newest one of a run. */
  public static Optional<Path> checkpointIn(Path path) {
    if (Files.exists(path.resolve(Checkpoint.PREFIX + ".index"))) {
      return Optional.of(path);
    }
    ImmutableList<Path> all = checkpoints(path);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  /** A run's checkpoints, oldest first. */
  private static ImmutableList<Path> checkpoints(Path root) {
    Path folder = root.resolve(CHECKPOINTS);
    if (!Files.isDirectory(folder)) {
      return ImmutableList.of();
    }
    try {
      return children(folder, STEP_NUMBER.asMatchPredicate()).stream()
          .sorted(Comparator.comparingLong(RunFolder::stepOf))
          .collect(ImmutableList.toImmutableList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static List<Path> children(Path folder, Predicate<String> name) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.filter(child -> name.test(child.getFileName().toString())).toList();
    }
  }

  /**
   * The configuration that a checkpoint was trained with.
   *
   * @throws IllegalArgumentException if the checkpoint lacks it
   */
  public static TrainConfig configOf(Path checkpoint) {
    Path file = checkpoint.resolve(CONFIG);
    checkArgument(
        Files.exists(file), "%s is missing; a checkpoint of this project holds one", file);
    return TrainConfig.read(file);
  }

  /**
   * Makes a folder to write into before it is renamed: hidden, and readable by whom a new folder is
   * readable by, unlike a temporary one, so that a server under another account can load from it.
   */
  public static Path createAside(Path parent) throws IOException {
    return Files.createDirectory(parent.resolve(ASIDE + UUID.randomUUID()));
  }

  /** Deletes a folder with all in it, if it is there. */
  public static void deleteTree(Path folder) throws IOException {
    if (Files.exists(folder)) {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
