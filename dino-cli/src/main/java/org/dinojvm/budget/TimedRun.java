package org.dinojvm.budget;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.run.TrainingListener;

/** The first steps of a run in a folder of their own, to see how fast it goes. */
public final class TimedRun {

  /** More epochs than are timed. */
  static final int EPOCHS = 1000;

  /** Steps of an epoch, so that the end of one is timed, too. */
  private static final int EPOCH_LENGTH = 10;

  /** Trains a run to its end. */
  @FunctionalInterface
  public interface Job {

    /**
     * Trains, with all that belongs to a run.
     *
     * @param listener more to tell
     */
    void train(TrainConfig config, TrainingListener listener) throws IOException;
  }

  private TimedRun() {}

  /**
   * Times a run.
   *
   * @param folder for the run, removed before and after
   * @throws StoppedException if the process is asked to end
   */
  public static StepTiming of(TrainConfig config, Path folder, Job job) throws IOException {
    DurableFiles.deleteTree(folder); // of a killed process
    TrainConfig few =
        config.with(
            Map.of(
                "output_dir",
                folder.toString(),
                "epochs",
                EPOCHS,
                "epoch_length",
                EPOCH_LENGTH,
                "eval_every_epochs",
                1));
    StepTiming timing = new StepTiming();
    try {
      job.train(few, timing);
    } catch (StoppedException e) {
      if (!e.reason().equals(StepTiming.REASON)) {
        throw e;
      }
    } finally {
      DurableFiles.deleteTree(folder);
    }
    return timing;
  }
}
