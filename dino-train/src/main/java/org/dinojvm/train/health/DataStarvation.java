package org.dinojvm.train.health;

import org.dinojvm.train.TrainConfig;
import org.dinojvm.train.run.HealthWarning.Kind;
import org.dinojvm.train.run.StepRecord;

/** Training waits for pictures; judged by the minute, because a single wait means little. */
final class DataStarvation implements Illness {

  private static final double STRETCH_SECONDS = 60;

  /** The first steps after a start, when caches fill and graphs are compiled, do not count. */
  private static final int WARM_UP = 5;

  /** Shares of the time. */
  private static final double ILL = 0.3;

  private static final double WELL = 0.15;

  private final TrainConfig config;
  private long seen;
  private double seconds;
  private double waited;
  private double share;

  DataStarvation(TrainConfig config) {
    this.config = config;
  }

  @Override
  public Kind kind() {
    return Kind.DATA_STARVATION;
  }

  @Override
  public Signs add(StepRecord step) {
    if (++seen <= WARM_UP) {
      return Signs.UNCLEAR;
    }
    double stepSeconds = config.batchTotal() / step.imagesPerSecond();
    seconds += stepSeconds;
    waited += step.dataWait() * stepSeconds;
    if (seconds < STRETCH_SECONDS) {
      return Signs.UNCLEAR;
    }
    share = waited / seconds;
    seconds = 0;
    waited = 0;
    return Signs.of(share > ILL, share < WELL);
  }

  @Override
  public String message() {
    String workers = config.numWorkers() == 0 ? "all cores" : config.numWorkers() + "";
    return Illness.line(
        "data starvation: %.0f %% of the time goes by waiting for pictures. Give them smaller (crops"
            + " of %d pixels need little more than twice that), from a faster disk, or raise"
            + " --num_workers (%s)",
        100 * share, config.globalCropsSize(), workers);
  }
}
