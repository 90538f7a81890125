package org.dinojvm.bench;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.math.Quantiles;
import java.util.Arrays;

/**
 * How long something takes that is done again and again.
 *
 * @param first seconds of the first time, when graphs are optimized and memory is taken
 * @param median seconds over the timed runs
 * @param best the least of their seconds
 * @param runs how many were timed
 */
public record Timing(double first, double median, double best, int runs) {

  /** Runs before the timed ones. */
  public static final int WARM_UP = 2;

  /**
   * Times something.
   *
   * @param runs to time, after {@value #WARM_UP} that are not
   * @param work what is timed
   */
  public static Timing of(int runs, Runnable work) {
    return of(runs, work, () -> {});
  }

  /**
   * Times something that takes turns with something else.
   *
   * @param runs to time, after {@value #WARM_UP} that are not
   * @param work what is timed
   * @param between done after each timed run, untimed
   */
  static Timing of(int runs, Runnable work, Runnable between) {
    checkArgument(runs >= 1, "illegal number of timed runs %s: at least 1", runs);
    double first = seconds(work);
    for (int i = 1; i < WARM_UP; i++) {
      work.run();
    }
    double[] seconds = new double[runs];
    for (int i = 0; i < runs; i++) {
      seconds[i] = seconds(work);
      between.run();
    }
    return new Timing(
        first,
        Quantiles.median().compute(seconds),
        Arrays.stream(seconds).min().getAsDouble(),
        runs);
  }

  static double seconds(Runnable work) {
    long begin = System.nanoTime();
    work.run();
    return (System.nanoTime() - begin) / 1e9;
  }
}
