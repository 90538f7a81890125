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
 * @param stepsOfAllPictures whole optimizer steps in the pictures; what is left over is left out
 */
public record RunSummary(
    TrainConfig config, Path folder, ImageFolder pictures, int workers, long stepsOfAllPictures) {

  /** Optimizer steps in an epoch, which may be asked to be shorter than all pictures. */
  public long stepsPerEpoch() {
    return config.optimization().stepsPerEpoch(stepsOfAllPictures);
  }

  /** Pictures in an optimizer step, of all workers together. */
  public long batchTotal() {
    return config.optimization().batchTotal() * workers;
  }

  /** Epochs and steps. */
  public RunLength length() {
    return config.length(stepsPerEpoch());
  }

  /** Steps of the whole run. */
  public long steps() {
    return length().steps();
  }
}
