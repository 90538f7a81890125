package org.dinojvm.eval.retrieval;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.dinojvm.eval.retrieval.Difficulty.Truth;

/**
 * What rankings of a database are worth (published {@code compute_map}).
 *
 * @param averagePrecision by query; not a number for one without positives
 * @param precisionAt [query][k]: of the pictures up to k, or up to the last positive where that
 *     comes first, the share of positives
 */
public record RankingScores(double[] averagePrecision, double[][] precisionAt) {

  /** Scores queries one by one, so that no more than one ranking need be in memory. */
  public static final class Builder {
    private final List<Integer> kappas;
    private final double[] averagePrecision;
    private final double[][] precisionAt;

    /**
     * Scores for some queries.
     *
     * @param kappas k of the precisions
     */
    public Builder(int queries, List<Integer> kappas) {
      this.kappas = kappas;
      this.averagePrecision = new double[queries];
      this.precisionAt = new double[queries][kappas.size()];
    }

    /**
     * Scores a query.
     *
     * @param ranking all of the database, the most similar first
     */
    public void score(int query, int[] ranking, Truth truth) {
      int[] hits = hits(ranking, truth);
      averagePrecision[query] = AveragePrecision.of(hits, truth.positives().length());
      for (int k = 0; k < kappas.size(); k++) {
        precisionAt[query][k] = precision(hits, kappas.get(k));
      }
    }

    /** The scores of all queries. */
    public RankingScores build() {
      return new RankingScores(averagePrecision, precisionAt);
    }
  }

  /** Ranks of the positives once the junk is taken out, ascending. */
  private static int[] hits(int[] ranking, Truth truth) {
    BitSet positives = set(truth.positives());
    BitSet junk = set(truth.junk());
    int[] hits = new int[truth.positives().length()];
    int found = 0;
    int rank = 0;
    for (int picture : ranking) {
      if (junk.get(picture)) {
        continue;
      }
      if (positives.get(picture)) {
        hits[found++] = rank;
      }
      rank++;
    }
    return Arrays.copyOf(hits, found);
  }

  private static BitSet set(ImmutableIntArray indices) {
    BitSet set = new BitSet();
    indices.forEach(set::set);
    return set;
  }

  private static double precision(int[] hits, int k) {
    if (hits.length == 0) {
      return Double.NaN;
    }
    int considered = Math.min(k, hits[hits.length - 1] + 1);
    long within = Arrays.stream(hits).filter(rank -> rank < considered).count();
    return (double) within / considered;
  }

  /** The mean over the queries that have positives; not a number if none has. */
  public double meanAveragePrecision() {
    return mean(averagePrecision);
  }

  /** By k, the mean over the queries that have positives. */
  public double[] meanPrecisionAt() {
    int kappas = precisionAt.length == 0 ? 0 : precisionAt[0].length;
    double[] means = new double[kappas];
    for (int k = 0; k < kappas; k++) {
      int at = k;
      means[k] = mean(Arrays.stream(precisionAt).mapToDouble(row -> row[at]).toArray());
    }
    return means;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).filter(value -> !Double.isNaN(value)).average().orElse(Double.NaN);
  }
}
