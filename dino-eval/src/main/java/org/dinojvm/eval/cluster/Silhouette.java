package org.dinojvm.eval.cluster;

/** How much nearer rows are to their own cluster than to the next one (Rousseeuw 1987). */
public final class Silhouette {

  private Silhouette() {}

  /**
   * The mean over rows of (b − a) / max(a, b): a is the mean distance to the others of the row's
   * cluster, b that to the nearest other cluster; 0 for a row that is alone in its cluster.
   *
   * @param rows [N, D]
   * @param assignments [N]
   * @param clusters how many there are
   * @return −1…1
   */
  public static double mean(float[][] rows, int[] assignments, int clusters) {
    int[] counts = new int[clusters];
    for (int cluster : assignments) {
      counts[cluster]++;
    }
    double sum = 0;
    for (int row = 0; row < rows.length; row++) {
      double[] distances = new double[clusters];
      for (int other = 0; other < rows.length; other++) {
        distances[assignments[other]] += distance(rows[row], rows[other]);
      }
      sum += of(assignments[row], distances, counts);
    }
    return sum / rows.length;
  }

  private static double of(int own, double[] distances, int[] counts) {
    if (counts[own] < 2) {
      return 0;
    }
    double within = distances[own] / (counts[own] - 1);
    double next = Double.POSITIVE_INFINITY;
    for (int cluster = 0; cluster < counts.length; cluster++) {
      if (cluster != own && counts[cluster] > 0) {
        next = Math.min(next, distances[cluster] / counts[cluster]);
      }
    }
    double larger = Math.max(within, next);
    return Double.isInfinite(next) || larger == 0 ? 0 : (next - within) / larger;
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }
}
