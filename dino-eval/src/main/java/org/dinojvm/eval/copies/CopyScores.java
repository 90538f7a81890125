package org.dinojvm.eval.copies;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.List;
import org.dinojvm.eval.retrieval.AveragePrecision;

/**
 * How well copies find their originals.
 *
 * @param averagePrecision by query; not a number for one without an original
 * @param firsts share of queries whose most similar picture is an original of theirs
 */
public record CopyScores(double[] averagePrecision, double firsts) {

  /**
   * Scores what copies found.
   *
   * @param found for each query the most similar pictures of the database, the first first; an
   *     original that is not among them is not found
   * @param originals of each query, in the database
   */
  public static CopyScores of(List<int[]> found, List<ImmutableIntArray> originals) {
    double[] precisions = new double[found.size()];
    int firsts = 0;
    for (int query = 0; query < precisions.length; query++) {
      int[] pictures = found.get(query);
      ImmutableIntArray wanted = originals.get(query);
      int[] hits = new int[pictures.length];
      int count = 0;
      for (int rank = 0; rank < pictures.length; rank++) {
        if (wanted.contains(pictures[rank])) {
          hits[count++] = rank;
        }
      }
      precisions[query] = AveragePrecision.of(Arrays.copyOf(hits, count), wanted.length());
      firsts += count > 0 && hits[0] == 0 ? 1 : 0;
    }
    return new CopyScores(precisions, (double) firsts / precisions.length);
  }

  /** The mean over the queries that have an original. */
  public double meanAveragePrecision() {
    return Arrays.stream(averagePrecision)
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }
}
