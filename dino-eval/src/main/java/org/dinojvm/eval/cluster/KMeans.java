package org.dinojvm.eval.cluster;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.Random;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.math.Matrices;

/**
 * k-means by Lloyd's algorithm in double precision: until no row changes its cluster; of centers
 * that are equally near, the first.
 *
 * <p>Letters in shapes: N rows, D features, K clusters.
 */
public final class KMeans {

  private final float[][] rows;
  private final double[] squares;
  private final Progress progress;
  private final int mostIterations;

  /**
   * Clusters.
   *
   * @param assignments [N], the cluster of each row
   * @param centroids [K, D]
   * @param inertia sum of squared distances of rows to their centroid
   */
  public record Clustering(int[] assignments, double[][] centroids, double inertia) {}

  /**
   * Prepares to cluster rows.
   *
   * @param rows [N, D]
   * @param mostIterations after which it stops even if rows still change
   * @param progress hears of each iteration; may cancel
   */
  public KMeans(float[][] rows, int mostIterations, Progress progress) {
    this.rows = rows;
    this.mostIterations = mostIterations;
    this.progress = progress;
    this.squares = new double[rows.length];
    for (int row = 0; row < rows.length; row++) {
      for (float value : rows[row]) {
        squares[row] += (double) value * value;
      }
    }
  }

  /**
   * Clusters from random centroids, several times, and takes the one with the least inertia.
   *
   * @param clusters K, at most N
   * @param restarts how often
   * @param seed of the centroids that k-means++ draws (Arthur and Vassilvitskii 2007)
   */
  public Clustering best(int clusters, int restarts, long seed) {
    checkArgument(
        clusters >= 1 && clusters <= rows.length,
        "%s clusters of %s pictures: 1 to %s are possible",
        clusters,
        rows.length,
        rows.length);
    Random random = new Random(seed);
    Clustering best = null;
    for (int restart = 0; restart < restarts; restart++) {
      Clustering found = from(drawn(clusters, random));
      if (best == null || found.inertia < best.inertia) {
        best = found;
      }
      progress.report(restart + 1, restarts);
    }
    return best;
  }

  /**
   * Clusters from given centroids.
   *
   * @param initial [K, D]
   */
  public Clustering from(double[][] initial) {
    double[][] centroids = initial;
    int[] before = new int[0];
    double[] distances = new double[rows.length];
    int[] assignments = assign(centroids, distances);
    for (int i = 0; i < mostIterations && !Arrays.equals(before, assignments); i++) {
      centroids = means(assignments, centroids, distances);
      before = assignments;
      assignments = assign(centroids, distances);
    }
    return new Clustering(assignments, centroids, inertia(assignments, centroids));
  }

  /** The nearest centroid of each row, [N]; distances [N] get the square of how far it is. */
  private int[] assign(double[][] centroids, double[] distances) {
    double[][] products = Matrices.project(rows, new double[centroids[0].length], centroids);
    double[] centroidSquares =
        Arrays.stream(centroids)
            .mapToDouble(c -> Arrays.stream(c).map(value -> value * value).sum())
            .toArray();
    int[] nearest = new int[rows.length];
    for (int row = 0; row < rows.length; row++) {
      double least = Double.POSITIVE_INFINITY;
      for (int cluster = 0; cluster < centroids.length; cluster++) {
        double distance = squares[row] - 2 * products[row][cluster] + centroidSquares[cluster];
        if (distance < least) {
          least = distance;
          nearest[row] = cluster;
        }
      }
      distances[row] = Math.max(0, least);
    }
    return nearest;
  }

  /** [K, D]; a cluster without rows takes the one that is farthest from its centroid. */
  private double[][] means(int[] assignments, double[][] before, double[] distances) {
    double[][] sums = new double[before.length][before[0].length];
    int[] counts = new int[before.length];
    for (int row = 0; row < rows.length; row++) {
      counts[assignments[row]]++;
      for (int i = 0; i < rows[row].length; i++) {
        sums[assignments[row]][i] += rows[row][i];
      }
    }
    for (int cluster = 0; cluster < sums.length; cluster++) {
      if (counts[cluster] == 0) {
        int farthest = farthest(distances);
        distances[farthest] = -1;
        for (int i = 0; i < sums[cluster].length; i++) {
          sums[cluster][i] = rows[farthest][i];
        }
      } else {
        for (int i = 0; i < sums[cluster].length; i++) {
          sums[cluster][i] /= counts[cluster];
        }
      }
    }
    return sums;
  }

  private static int farthest(double[] distances) {
    int farthest = 0;
    for (int row = 1; row < distances.length; row++) {
      farthest = distances[row] > distances[farthest] ? row : farthest;
    }
    return farthest;
  }

  private double inertia(int[] assignments, double[][] centroids) {
    double sum = 0;
    for (int row = 0; row < rows.length; row++) {
      sum += squaredDistance(rows[row], centroids[assignments[row]]);
    }
    return sum;
  }

  private static double squaredDistance(float[] row, double[] centroid) {
    double sum = 0;
    for (int i = 0; i < row.length; i++) {
      double difference = row[i] - centroid[i];
      sum += difference * difference;
    }
    return sum;
  }

  /**
   * k-means++: each next centroid is a row, drawn by its squared distance to the nearest so far.
   */
  private double[][] drawn(int clusters, Random random) {
    double[][] centroids = new double[clusters][];
    double[] nearest = new double[rows.length];
    Arrays.fill(nearest, 1);
    for (int cluster = 0; cluster < clusters; cluster++) {
      float[] chosen = rows[drawnBy(nearest, random)];
      centroids[cluster] = new double[chosen.length];
      for (int i = 0; i < chosen.length; i++) {
        centroids[cluster][i] = chosen[i];
      }
      for (int row = 0; row < rows.length; row++) {
        double distance = squaredDistance(rows[row], centroids[cluster]);
        nearest[row] = cluster == 0 ? distance : Math.min(nearest[row], distance);
      }
    }
    return centroids;
  }

  private static int drawnBy(double[] weights, Random random) {
    double left = random.nextDouble() * Arrays.stream(weights).sum();
    int row = 0;
    while (row < weights.length - 1 && (left -= weights[row]) >= 0) {
      row++;
    }
    return row;
  }
}
