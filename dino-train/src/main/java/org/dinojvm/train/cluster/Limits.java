package org.dinojvm.train.cluster;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;

/**
 * How long workers wait for each other.
 *
 * @param arrival for all to be there, at the start
 * @param run for a run that all take part in, such as a step
 */
public record Limits(Duration arrival, Duration run) {

  /** The first run compiles, and the chief may be reading a checkpoint. */
  private static final int FIRST_RUN = 3;

  /** How much later than TensorFlow's own limit, which does not reach all waits, this ends. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public Limits {
    checkArgument(
        !arrival.isNegative(), "illegal worker_wait %s: 0 seconds or more", arrival.toSeconds());
    checkArgument(
        run.toMillis() >= 1, "illegal worker_timeout %s: at least 1 second", run.toSeconds());
  }

  /** Of the first run of a kind. */
  Duration firstRun() {
    return run.multipliedBy(FIRST_RUN);
  }

  /** When a process ends whose run has a limit and goes on all the same. */
  static Duration halt(Duration limit) {
    return limit.plus(GRACE);
  }
}
