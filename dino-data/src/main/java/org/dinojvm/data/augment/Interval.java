package org.dinojvm.data.augment;

import org.dinojvm.settings.Range;

/**
 * What a random number is drawn from, uniformly. Its ends are rounded to floats before anything is
 * computed with them, so that the numbers drawn are the same whatever computes the ends.
 *
 * @param from one end
 * @param to the other end, which may be the smaller one
 */
public record Interval(float from, float to) {

  /** From one number to another. */
  public static Interval of(double from, double to) {
    return new Interval((float) from, (float) to);
  }

  /** From a range's low end to its high one. */
  public static Interval of(Range range) {
    return of(range.low(), range.high());
  }

  /** As far below a number as above it. */
  public static Interval around(double center, double distance) {
    double rounded = (float) distance;
    return of(center - rounded, center + rounded);
  }

  /** A number that is above 0 with this probability. */
  public static Interval chance(double probability) {
    double rounded = (float) probability;
    return of(rounded, rounded - 1); // U(p − 1, p), turned round
  }
}
