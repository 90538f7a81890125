package org.dinojvm.verify;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * How far a tensor is from its reference: max |a − b| / max |b|. The largest difference, not a norm
 * of them, so that a single wrong number stands out of a large tensor; in parts of the largest
 * value, not of each its own, since sums that cancel to almost 0 keep the rounding of their terms.
 */
public final class RelativeError {

  private RelativeError() {}

  /** The error of a tensor; not a number where a value is not. */
  public static double of(float[] actual, float[] expected) {
    checkArgument(
        actual.length == expected.length,
        "%s values were computed, the reference has %s",
        actual.length,
        expected.length);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      difference = Math.max(difference, Math.abs((double) actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return difference == 0 ? 0 : difference / largest;
  }

  /**
   * The error of a tensor in double precision, NaN in the same places counting as equal.
   *
   * @return infinite where there is one elsewhere
   */
  public static double of(double[] actual, double[] expected) {
    checkArgument(
        actual.length == expected.length,
        "%s values were computed, the reference has %s",
        actual.length,
        expected.length);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      if (Double.isNaN(actual[i]) != Double.isNaN(expected[i])) {
        return Double.POSITIVE_INFINITY;
      } else if (!Double.isNaN(expected[i])) {
        difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
        largest = Math.max(largest, Math.abs(expected[i]));
      }
    }
    return difference == 0 ? 0 : difference / largest;
  }

  /** The error of one number. */
  public static double of(double actual, double expected) {
    return actual == expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);
  }
}
