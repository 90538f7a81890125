package org.dinojvm.eval.retrieval;

/**
 * Average precision as the Oxford and Copydays evaluations have it: the mean over all positives of
 * the precision before and after each hit, the trapezoid under the curve of precision over recall.
 * The one before rank 0 is 1. (The step form, which is the precision after each hit alone, is
 * larger.)
 */
public final class AveragePrecision {

  private AveragePrecision() {}

  /**
   * Average precision of one query.
   *
   * @param hits ranks of the positives that were found, from 0, ascending
   * @param positives how many there are, found or not
   * @return 0 … 1; not a number without positives
   */
  public static double of(int[] hits, int positives) {
    if (positives == 0) {
      return Double.NaN;
    }
    double step = 1.0 / positives;
    double sum = 0;
    for (int hit = 0; hit < hits.length; hit++) {
      int rank = hits[hit];
      double before = rank == 0 ? 1 : (double) hit / rank;
      double after = (hit + 1.0) / (rank + 1);
      sum += (before + after) * step / 2;
    }
    return sum;
  }
}
