package org.dinojvm.train.schedule;

/**
 * How long a run is, for schedules.
 *
 * @param epochs of the run
 * @param stepsPerEpoch optimizer steps in an epoch
 */
public record RunLength(int epochs, long stepsPerEpoch) {

  /** Optimizer steps of the whole run. */
  public long steps() {
    return epochs * stepsPerEpoch;
  }
}
