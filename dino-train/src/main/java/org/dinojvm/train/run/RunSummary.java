package org.dinojvm.train.run;

import java.nio.file.Path;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.schedule.RunLength;

/**
 * What a run works on.
 *
 * @param config the effective configuration
 * @param folder the run's folder
 * @param pictures the pictures that are trained on, and the files that were skipped
 * @param workers that train together
 * @param stepsPerEpoch whole optimizer steps in the pictures, the rest of an epoch left out, or in
 *     the shorter epoch that was asked for
 */
public record RunSummary(
    TrainConfig config, Path folder, ImageFolder pictures, int workers, long stepsPerEpoch) {

  /** Pictures in an optimizer step, of all workers together. */
  public long batchTotal() {
    return config.optimization().batchTotal() * workers;
  }

  /** Epochs and steps. */
  public RunLength length() {
    return config.length(stepsPerEpoch);
  }

  /** Steps of the whole run. */
  public long steps() {
    return length().steps();
  }
}
