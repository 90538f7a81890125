package org.dinojvm.budget;

/**
 * When training shall end.
 *
 * @param nanos as {@link System#nanoTime} counts
 * @param tolerance seconds that it may end sooner or later
 * @param restart seconds that it takes to leave a run and go on with it
 */
record Deadline(long nanos, double tolerance, double restart) {

  double secondsLeft() {
    return (nanos - System.nanoTime()) / 1e9;
  }
}
