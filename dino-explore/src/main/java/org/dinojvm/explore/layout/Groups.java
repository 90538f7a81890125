package org.dinojvm.explore.layout;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.Arrays;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.cluster.KMeans;
import org.dinojvm.eval.cluster.KMeans.Clustering;

/**
 * Clusters of pictures by k-means, each with the picture nearest to its center, its medoid.
 *
 * @param assignments [N], the cluster of each picture
 * @param medoids the picture that stands for each cluster
 */
public record Groups(int[] assignments, ImmutableList<Integer> medoids) {

  private static final int MOST_ITERATIONS = 100;
  private static final int RESTARTS = 3;
  private static final int MOST_BY_DEFAULT = 24;

  /** A number of clusters that is easily looked over: √(N / 2), at most 24. */
  public static int defaultCount(int pictures) {
    int count = (int) Math.round(Math.sqrt(pictures / 2.0));
    return Math.max(1, Math.min(MOST_BY_DEFAULT, count));
  }

  /**
   * Clusters.
   *
   * @param vectors [N, D], of length 1
   * @param count of clusters, at most N
   */
  public static Groups of(float[][] vectors, int count, long seed, Progress progress) {
    Clustering found = new KMeans(vectors, MOST_ITERATIONS, progress).best(count, RESTARTS, seed);
    int[] medoids = new int[count];
    double[] nearest = new double[count];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    for (int i = 0; i < vectors.length; i++) {
      int cluster = found.assignments()[i];
      double distance = squaredDistance(vectors[i], found.centroids()[cluster]);
      if (distance < nearest[cluster]) {
        nearest[cluster] = distance;
        medoids[cluster] = i;
      }
    }
    return new Groups(found.assignments(), ImmutableList.copyOf(Ints.asList(medoids)));
  }

  private static double squaredDistance(float[] row, double[] center) {
    double sum = 0;
    for (int i = 0; i < row.length; i++) {
      sum += (row[i] - center[i]) * (row[i] - center[i]);
    }
    return sum;
  }
}
