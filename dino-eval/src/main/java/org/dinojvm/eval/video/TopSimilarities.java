package org.dinojvm.eval.video;

import java.util.Arrays;

/**
 * The similarities of one place that count: the k largest and all that are as large as the k-th,
 * divided by their sum. With fewer than k all stay.
 */
public final class TopSimilarities {

  private final float[] largest;

  /** Keeps k, at least 1. */
  public TopSimilarities(int k) {
    largest = new float[k];
  }

  /**
   * Sets the similarities that do not count to 0 and divides the others by their sum.
   *
   * @param similarities 0 and above; replaced by weights
   * @param count how many of them there are
   */
  public void weigh(float[] similarities, int count) {
    float threshold = kthLargest(similarities, count);
    double sum = 0;
    for (int i = 0; i < count; i++) {
      if (similarities[i] < threshold) {
        similarities[i] = 0;
      }
      sum += similarities[i];
    }
    for (int i = 0; i < count; i++) {
      if (similarities[i] != 0) {
        similarities[i] = (float) (similarities[i] / sum);
      }
    }
  }

  /** By insertion, as k is small; 0 with fewer than k. */
  private float kthLargest(float[] similarities, int count) {
    Arrays.fill(largest, 0);
    int last = largest.length - 1;
    for (int i = 0; i < count; i++) {
      float value = similarities[i];
      if (value > largest[last]) {
        int place = last;
        while (place > 0 && largest[place - 1] < value) {
          largest[place] = largest[place - 1];
          place--;
        }
        largest[place] = value;
      }
    }
    return largest[last];
  }
}
