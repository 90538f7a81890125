package org.dinojvm.train.run;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.settings.Settings;
import org.dinojvm.train.config.TrainConfig;

/**
 * How many pictures a run's steps have, by how many workers. A run may go on with other workers and
 * batches as long as that stays the same, for then epochs, order and schedules do, too.
 *
 * @param workers that train together
 * @param pictures of a step, of all workers
 */
record StepSize(int workers, long pictures) {

  /** Only in folders of runs of several workers. */
  static final String FILE = "workers.txt";

  private static final ImmutableSet<String> BATCH =
      ImmutableSet.of("batch_size_per_gpu", "accumulate");

  /** Of a configuration and so many workers. */
  static StepSize of(TrainConfig config, int workers) {
    return new StepSize(workers, config.optimization().batchTotal() * workers);
  }

  /** Of the session before, whose configuration is given. */
  static StepSize before(Path root, TrainConfig config) throws IOException {
    Path file = root.resolve(FILE);
    if (!Files.exists(file)) {
      return of(config, 1);
    }
    try {
      return of(config, Integer.parseInt(Files.readString(file).strip()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          file + " is damaged; write into it how many workers the run had", e);
    }
  }

  /** Remembers the number of workers for the next session. */
  void write(Path root) throws IOException {
    Path file = root.resolve(FILE);
    if (workers > 1 || Files.exists(file)) {
      DurableFiles.write(file, List.of(Integer.toString(workers)));
    }
  }

  /** Whether a difference of settings is one of how a step's pictures are spread. */
  boolean allows(Settings.Difference difference, StepSize before, TrainConfig now) {
    return BATCH.contains(difference.key().key())
        && (before.workers != workers || now.run().changeBatch());
  }

  /**
   * Refuses another number of pictures a step, unless it was asked for.
   *
   * @throws IllegalArgumentException with what keeps the number
   */
  void checkSame(StepSize before, Path root, TrainConfig now) {
    checkArgument(
        before.pictures == pictures || now.run().changeBatch(),
        "%s was trained with %s pictures a step by %s workers, and %s by %s would be another run: give"
            + " --batch_size_per_gpu or --accumulate for %s in all, or --change_batch true to go on"
            + " with %s",
        root,
        before.pictures,
        before.workers,
        pictures,
        workers,
        before.pictures,
        pictures);
  }
}
