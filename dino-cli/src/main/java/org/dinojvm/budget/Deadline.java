package org.dinojvm.budget;

/**
 * When training shall end.
 *
 * @param nanos as {@link System#nanoTime} counts
 * @param tolerance seconds that it may end sooner or later
 * @param restart seconds that it takes to leave a run and go on with it
 * @param mostEpochs that it may be made longer to
 */
public record Deadline(long nanos, double tolerance, double restart, int mostEpochs) {

  double secondsLeft() {
    return (nanos - System.nanoTime()) / 1e9;
  }
}
