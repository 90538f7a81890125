package org.dinojvm.train.health;

import org.dinojvm.train.log.StepRecord;

/** Training waits for pictures; judged by the minute, because a single wait means little. */
public final class DataStarvation implements HealthCheck {

  private static final double STRETCH_SECONDS = 60;

  /** The first steps after a start, when caches fill and graphs are compiled, do not count. */
  private static final int WARM_UP = 5;

  /** Shares of the time. */
  private static final double ILL = 0.3;

  private static final double WELL = 0.15;

  private final long batchTotal;
  private final int globalCropsSize;
  private final int numWorkers;
  private long seen;
  private double seconds;
  private double waited;
  private double share;

  /**
   * A check that has seen no step yet.
   *
   * @param batchTotal pictures in an optimizer step
   * @param globalCropsSize side of a global crop in pixels
   * @param numWorkers threads of the pipeline; 0 for all cores
   */
  public DataStarvation(long batchTotal, int globalCropsSize, int numWorkers) {
    this.batchTotal = batchTotal;
    this.globalCropsSize = globalCropsSize;
    this.numWorkers = numWorkers;
  }

  @Override
  public String name() {
    return "DATA_STARVATION";
  }

  @Override
  public Verdict add(StepRecord step) {
    if (++seen <= WARM_UP) {
      return Verdict.UNCLEAR;
    }
    double stepSeconds = batchTotal / step.imagesPerSecond();
    seconds += stepSeconds;
    waited += step.dataWait() * stepSeconds;
    if (seconds < STRETCH_SECONDS) {
      return Verdict.UNCLEAR;
    }
    share = waited / seconds;
    seconds = 0;
    waited = 0;
    return Verdict.of(share > ILL, share < WELL);
  }

  @Override
  public String message() {
    String workers = numWorkers == 0 ? "all cores" : numWorkers + "";
    return HealthCheck.line(
        "data starvation: %.0f %% of the time goes by waiting for pictures. Give them smaller (crops"
            + " of %d pixels need little more than twice that), from a faster disk, or raise"
            + " --num_workers (%s)",
        100 * share, globalCropsSize, workers);
  }
}
