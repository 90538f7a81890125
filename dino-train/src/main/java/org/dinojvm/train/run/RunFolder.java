package org.dinojvm.train.run;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.SkippedFile;
import org.dinojvm.data.source.Progress;
import org.dinojvm.data.source.Scan;
import org.dinojvm.data.source.ScanFile;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.settings.Settings;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.train.config.TrainConfig;

/**
 * The files of one training run.
 *
 * <pre>
 * config.yaml               the effective configuration
 * log.jsonl                 one object every few steps
 * events/                   the same and more for TensorBoard
 * pictures.json             how many pictures, and a checksum of their names and sizes
 * scan.tsv.gz               what is in each file, so that the next session need not decode it
 * workers.txt               how many processes train it, if more than one did
 * skipped.tsv               files of the data folder that were not used, and why
 * checkpoints/step-00000042 a checkpoint, complete in itself: weights and configuration
 * .lock                     held by the process that trains
 * </pre>
 */
public final class RunFolder {

  private static final String CONFIG = Checkpoints.CONFIG;
  private static final String SCAN = "scan.tsv.gz";
  private static final String SKIPPED = "skipped.tsv";
  private static final String PICTURES = "pictures.json";

  /** What is in the folder of a run that was killed while it was made. */
  private static final ImmutableSet<String> OWN_BEFORE_CONFIG =
      ImmutableSet.of(RunLock.FILE, "." + CONFIG, StepSize.FILE, "." + StepSize.FILE);

  private final Path root;
  private final int workers;
  private final boolean isWritten;

  private RunFolder(Path root, int workers, boolean isWritten) {
    this.root = root;
    this.workers = workers;
    this.isWritten = isWritten;
  }

  /**
   * The folder of a run, new or to be gone on with; nothing is written yet.
   *
   * @throws IllegalArgumentException if it holds a run of another configuration, or other files
   */
  public static RunFolder of(TrainConfig config) throws IOException {
    return of(config, 1);
  }

  /**
   * The folder of a run, new or to be gone on with; nothing is written yet.
   *
   * @param workers that train it together
   * @throws IllegalArgumentException if it holds a run of another configuration, or other files
   */
  public static RunFolder of(TrainConfig config, int workers) throws IOException {
    RunFolder folder = new RunFolder(Path.of(config.run().outputDir()), workers, true);
    folder.check(config);
    return folder;
  }

  /** The folder as a worker has it that is not the chief: nothing is checked or written. */
  public static RunFolder ofChief(TrainConfig config) {
    return new RunFolder(Path.of(config.run().outputDir()), 1, false);
  }

  private void check(TrainConfig config) throws IOException {
    Path known = root.resolve(CONFIG);
    if (Files.exists(known)) {
      checkSameDraws(root, YamlSettings.read(known), config);
      checkSameRun(TrainConfig.read(known), config);
    } else {
      checkEmpty(root);
    }
  }

  /**
   * Takes the folder for a session of the run, and removes what a killed one left.
   *
   * @param warn is told of what is less safe than it should be
   * @return to be closed at the session's end
   * @throws IllegalArgumentException if another process has it
   */
  public RunLock open(TrainConfig config, Consumer<String> warn) throws IOException {
    Files.createDirectories(root);
    RunLock lock = RunLock.take(root, warn);
    try {
      check(config); // once more: another session may have begun and ended meanwhile
      StepSize.of(config, workers).write(root);
      DurableFiles.write(root.resolve(CONFIG), config.toYaml().lines().toList());
      checkpoints().removeLeftovers();
      return lock;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Refuses another length that is less than what was trained.
   *
   * @param steps of the run
   * @throws IllegalArgumentException if it is
   */
  public void checkNotShorter(TrainConfig config, long steps) {
    Optional<Long> trained = checkpoints().newest().map(Checkpoints::stepOf);
    checkArgument(
        trained.isEmpty() || trained.get() <= steps || !config.run().extend(),
        "%s has trained %s steps, more than the %s of --epochs %s: give it more, or choose another"
            + " --output",
        root,
        trained.orElse(0L),
        steps,
        config.optimization().epochs());
  }

  /**
   * Remembers a new run's pictures; holds an older run's against what is there now.
   *
   * @throws IllegalArgumentException if they are not the same, since steps, order and schedules
   *     would not be either
   */
  public void checkPictures(ImageFolder pictures) throws IOException {
    Path file = root.resolve(PICTURES);
    PictureSet now = PictureSet.of(pictures);
    if (!Files.exists(file)) {
      DurableFiles.write(file, List.of(now.toJson()));
      return;
    }
    PictureSet before = PictureSet.read(file);
    checkArgument(
        now.equals(before),
        "the pictures in %s are not those that the run in %s began with: %s pictures then, %s now%s."
            + " Put them back, or choose another --output; to go on all the same, delete %s",
        pictures.root(),
        root,
        before.pictures(),
        now.pictures(),
        before.pictures() == now.pictures() ? ", with other names or sizes" : "",
        file);
  }

  /** Version 0.1.0 wrote no {@code method}, and drew one stochastic depth for all crop sizes. */
  private static void checkSameDraws(Path root, Map<String, String> before, TrainConfig now) {
    checkArgument(
        before.containsKey("method") || now.backbone().dropPathRate() == 0,
        "%s holds a run that version 0.1.0 began, which drew stochastic depth otherwise, so that it"
            + " would not end with the same weights: go on with that version, or choose another"
            + " --output",
        root);
  }

  private void checkSameRun(TrainConfig before, TrainConfig now) throws IOException {
    StepSize sizeBefore = StepSize.before(root, before);
    StepSize size = StepSize.of(now, workers);
    List<Settings.Difference> differences =
        now.differencesFrom(before).stream()
            .filter(difference -> !difference.key().mayChange())
            .filter(difference -> !size.allows(difference, sizeBefore, now))
            .filter(difference -> !(isEpochs(difference) && now.run().extend()))
            .toList();
    boolean onlyEpochs = differences.stream().allMatch(RunFolder::isEpochs);
    checkArgument(
        differences.isEmpty(),
        "%s holds another run; what differs: %s. Choose another --output, or %s to go on with it",
        root,
        differences.stream().map(Settings.Difference::toString).collect(Collectors.joining(", ")),
        onlyEpochs ? "add --extend" : "the same settings");
    size.checkSame(sizeBefore, root, now);
  }

  private static boolean isEpochs(Settings.Difference difference) {
    return difference.key().key().equals("epochs");
  }

  private static void checkEmpty(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    checkArgument(Files.isDirectory(root), "%s is a file; --output names a folder", root);
    try (Stream<Path> children = Files.list(root)) {
      checkArgument(
          children.allMatch(child -> OWN_BEFORE_CONFIG.contains(child.getFileName().toString())),
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

  /** A scan of the run's pictures that knows what the session before found. */
  public Scan scan(Progress progress) {
    return scanFile(root).read(progress);
  }

  /** Remembers a scan for the next session. */
  public void writeScan(Scan scan) throws IOException {
    scanFile(root).write(scan);
  }

  /** Where a run keeps what it found out about its pictures. */
  public static ScanFile scanFile(Path run) {
    return new ScanFile(run.resolve(SCAN));
  }

  /** Lists the files that were not used, a line each: path, tab, reason. */
  public void writeSkipped(List<SkippedFile> skipped) throws IOException {
    Files.write(skippedList(), lines(skipped));
  }

  /** Lists more files. */
  void addSkipped(List<SkippedFile> skipped) throws IOException {
    if (isWritten) {
      Files.write(skippedList(), lines(skipped), CREATE, APPEND);
    }
  }

  /** Where they are listed. */
  Path skippedList() {
    return root.resolve(SKIPPED);
  }

  private static List<String> lines(List<SkippedFile> skipped) {
    return skipped.stream().map(file -> file.name() + "\t" + file.reason()).toList();
  }

  /** The checkpoints. */
  public Checkpoints checkpoints() {
    return Checkpoints.ofRun(root);
  }
}
