package org.dinojvm.checkpoint;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.files.IoFailures;

/**
 * The checkpoints of a run, a folder each, named by the number of steps they were trained for.
 * Those that could not be read are kept under another name, for whoever wants to know why.
 */
public final class Checkpoints {

  /** The configuration that a checkpoint was trained with, beside its weights. */
  public static final String CONFIG = "config.yaml";

  private static final String FOLDER = "checkpoints";
  private static final String STEP = "step-";
  private static final Pattern STEP_NUMBER = Pattern.compile(STEP + "(\\d{1,18})");
  private static final String DAMAGED = "damaged-";
  private static final String COUNTED_OTHERWISE = "other-batch-";

  private final Path folder;

  private Checkpoints(Path folder) {
    this.folder = folder;
  }

  /** The checkpoints of a run's folder. */
  public static Checkpoints ofRun(Path run) {
    return new Checkpoints(run.resolve(FOLDER));
  }

  /** Whole ones and damaged ones, oldest first. */
  public ImmutableList<Path> all() {
    if (!Files.isDirectory(folder)) {
      return ImmutableList.of();
    }
    try {
      return children(STEP_NUMBER.asMatchPredicate()).stream()
          .sorted(Comparator.comparingLong(Checkpoints::stepOf))
          .collect(toImmutableList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  /** The one that was trained longest. */
  public Optional<Path> newest() {
    ImmutableList<Path> all = all();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  /** The checkpoint that a path names: the folder itself, or the newest one of a run. */
  public static Optional<Path> in(Path path) {
    return Files.exists(path.resolve(Checkpoint.PREFIX + ".index"))
        ? Optional.of(path)
        : ofRun(path).newest();
  }

  /**
   * The file that says what a checkpoint was trained with.
   *
   * @throws IllegalArgumentException if the checkpoint lacks it
   */
  public static Path configOf(Path checkpoint) {
    Path file = checkpoint.resolve(CONFIG);
    checkArgument(
        Files.exists(file),
        "the checkpoint %s cannot be read: %s is missing%s",
        checkpoint,
        CONFIG,
        Checkpoint.hint(checkpoint));
    return file;
  }

  /** The number of steps that a checkpoint's weights were trained for. */
  public static long stepOf(Path checkpoint) {
    Matcher name = STEP_NUMBER.matcher(checkpoint.getFileName().toString());
    checkArgument(
        name.matches(), "%s is not named like a checkpoint, %s00000042", checkpoint, STEP);
    return Long.parseLong(name.group(1));
  }

  /** Where the checkpoint after so many steps is, or will be. */
  public Path of(long step) {
    return folder.resolve(String.format("%s%08d", STEP, step));
  }

  /** The run's next older checkpoint. */
  public static Optional<Path> before(Path checkpoint) {
    Path folder = checkpoint.toAbsolutePath().getParent();
    if (folder == null || !STEP_NUMBER.matcher(checkpoint.getFileName().toString()).matches()) {
      return Optional.empty();
    }
    long step = stepOf(checkpoint);
    return new Checkpoints(folder)
        .all().stream()
            .filter(other -> stepOf(other) < step)
            .max(Comparator.comparingLong(Checkpoints::stepOf))
            .map(older -> checkpoint.resolveSibling(older.getFileName()));
  }

  /**
   * Writes a checkpoint aside and renames it once it is on the disk, so that a kill or a power cut
   * at any moment leaves whole ones only.
   *
   * @param step number of steps that were trained
   * @return its folder
   */
  public Path save(long step, DurableFiles.FolderContent content) throws IOException {
    Path target = of(step);
    try {
      Files.createDirectories(folder);
      removeWhatCanBe();
      return DurableFiles.writeFolder(target, content);
    } catch (IOException e) {
      removeWhatCanBe(); // gives a full disk its room back
      throw new IOException("cannot save %s: %s".formatted(target, IoFailures.reason(e)), e);
    }
  }

  /** Removes what a killed or failed attempt to save left. */
  public void removeLeftovers() throws IOException {
    if (Files.isDirectory(folder)) {
      for (Path leftover : children(DurableFiles::isAside)) {
        DurableFiles.deleteTree(leftover);
      }
    }
  }

  private void removeWhatCanBe() {
    try {
      removeLeftovers();
    } catch (IOException e) {
      // Whether something can be saved is what counts; the next attempt tries again.
    }
  }

  /**
   * Removes all but the newest ones and those that are kept for good.
   *
   * @param newest how many of the newest stay
   * @param everySteps those after a multiple of so many steps stay, too; 0 for none
   */
  public void prune(int newest, long everySteps) throws IOException {
    ImmutableList<Path> all = all();
    for (Path checkpoint : all.subList(0, Math.max(0, all.size() - newest))) {
      if (everySteps == 0 || stepOf(checkpoint) % everySteps != 0) {
        DurableFiles.deleteTree(checkpoint);
      }
    }
  }

  /**
   * Restores the newest one that can be read. Newer ones, which cannot, are set aside.
   *
   * @param restore throws an {@link IllegalArgumentException} for a damaged one
   * @param warn is told of damaged ones
   * @return the one restored; none if there is none
   * @throws IllegalArgumentException if there are some but all are damaged; they stay where they
   *     are
   */
  public Optional<Path> restoreNewest(Consumer<Path> restore, Consumer<String> warn)
      throws IOException {
    List<String> damage = new ArrayList<>();
    ImmutableList<Path> newestFirst = all().reverse();
    for (Path checkpoint : newestFirst) {
      try {
        restore.accept(checkpoint);
      } catch (IllegalArgumentException e) {
        damage.add(e.getMessage());
        continue;
      }
      for (int i = 0; i < damage.size(); i++) {
        Path moved = setAside(newestFirst.get(i), DAMAGED);
        warn.accept(
            "%s. Going on from %s; moved to %s".formatted(damage.get(i), checkpoint, moved));
      }
      return Optional.of(checkpoint);
    }
    checkArgument(
        damage.isEmpty(),
        "none of the checkpoints in %s can be read, so that nothing is left to go on from; the"
            + " newest: %s. Put a copy of one back, or choose another --output to start anew",
        folder,
        damage.isEmpty() ? "" : damage.get(0));
    return Optional.empty();
  }

  /** Keeps all but one under another name, as those whose steps are counted otherwise. */
  public void setAsideAllBut(Path checkpoint) throws IOException {
    for (Path other : all()) {
      if (!other.equals(checkpoint)) {
        setAside(other, COUNTED_OTHERWISE);
      }
    }
  }

  private Path setAside(Path checkpoint, String prefix) throws IOException {
    String name = prefix + checkpoint.getFileName();
    Path target = folder.resolve(name);
    for (int i = 2; Files.exists(target); i++) {
      target = folder.resolve(name + "-" + i);
    }
    return Files.move(checkpoint, target);
  }

  private List<Path> children(Predicate<String> name) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.filter(child -> name.test(child.getFileName().toString())).toList();
    }
  }
}
