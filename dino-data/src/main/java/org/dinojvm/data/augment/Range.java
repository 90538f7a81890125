package org.dinojvm.data.augment;

import static com.google.common.base.Preconditions.checkArgument;

/** An interval of real numbers to draw from, both ends included. */
public record Range(float low, float high) {

  public Range {
    checkArgument(
        Float.isFinite(low) && Float.isFinite(high) && low <= high,
        "illegal range %s to %s: both ends must be finite, the first no larger than the second",
        low,
        high);
  }

  public static Range of(double low, double high) {
    return new Range((float) low, (float) high);
  }
}
