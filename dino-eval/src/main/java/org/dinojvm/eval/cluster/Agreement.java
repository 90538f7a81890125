package org.dinojvm.eval.cluster;

import java.util.Arrays;

/**
 * How well clusters agree with classes, from the table of how many rows of a class are in a
 * cluster. Logarithms are natural.
 *
 * @param table [class, cluster]
 */
public record Agreement(int[][] table) {

  /** Counts. */
  public static Agreement of(int[] labels, int classes, int[] assignments, int clusters) {
    int[][] table = new int[classes][clusters];
    for (int row = 0; row < labels.length; row++) {
      table[labels[row]][assignments[row]]++;
    }
    return new Agreement(table);
  }

  private long[] ofClasses() {
    return Arrays.stream(table).mapToLong(row -> Arrays.stream(row).asLongStream().sum()).toArray();
  }

  private long[] ofClusters() {
    long[] sums = new long[table[0].length];
    for (int[] row : table) {
      for (int cluster = 0; cluster < row.length; cluster++) {
        sums[cluster] += row[cluster];
      }
    }
    return sums;
  }

  private double total() {
    return Arrays.stream(ofClasses()).sum();
  }

  private static double entropy(long[] counts) {
    double total = Arrays.stream(counts).sum();
    return Arrays.stream(counts)
        .filter(count -> count > 0)
        .mapToDouble(count -> -count / total * Math.log(count / total))
        .sum();
  }

  /** Mutual information of class and cluster. */
  public double mutualInformation() {
    long[] classes = ofClasses();
    long[] clusters = ofClusters();
    double total = total();
    double sum = 0;
    for (int i = 0; i < classes.length; i++) {
      for (int j = 0; j < clusters.length; j++) {
        if (table[i][j] > 0) {
          sum +=
              table[i][j]
                  / total
                  * Math.log(total * table[i][j] / ((double) classes[i] * clusters[j]));
        }
      }
    }
    return Math.max(0, sum);
  }

  /** The mutual information in parts of the mean of both entropies; 1 is the same partition. */
  public double nmi() {
    double mean = (entropy(ofClasses()) + entropy(ofClusters())) / 2;
    return mean == 0 ? 1 : mutualInformation() / mean;
  }

  /** The same less what chance gives, so that random clusters have 0 (Vinh et al. 2010). */
  public double ami() {
    double mean = (entropy(ofClasses()) + entropy(ofClusters())) / 2;
    double expected = expectedInformation();
    return mean == expected ? 1 : (mutualInformation() - expected) / (mean - expected);
  }

  /** The mean of the mutual information over all tables with the same sums, equation 24a. */
  private double expectedInformation() {
    int total = (int) total();
    double[] logFactorial = new double[total + 1];
    for (int i = 1; i <= total; i++) {
      logFactorial[i] = logFactorial[i - 1] + Math.log(i);
    }
    double sum = 0;
    for (long rows : ofClasses()) {
      for (long columns : ofClusters()) {
        for (long both = Math.max(1, rows + columns - total);
            both <= Math.min(rows, columns);
            both++) {
          double logChance =
              logFactorial[(int) rows]
                  + logFactorial[(int) columns]
                  + logFactorial[(int) (total - rows)]
                  + logFactorial[(int) (total - columns)]
                  - logFactorial[total]
                  - logFactorial[(int) both]
                  - logFactorial[(int) (rows - both)]
                  - logFactorial[(int) (columns - both)]
                  - logFactorial[(int) (total - rows - columns + both)];
          sum +=
              (double) both
                  / total
                  * Math.log((double) total * both / ((double) rows * columns))
                  * Math.exp(logChance);
        }
      }
    }
    return sum;
  }

  /** Share of pairs that agree, less what chance gives: the adjusted Rand index (Hubert 1985). */
  public double ari() {
    double both = 0;
    for (int[] row : table) {
      both += Arrays.stream(row).mapToDouble(Agreement::pairs).sum();
    }
    double inClasses = Arrays.stream(ofClasses()).mapToDouble(Agreement::pairs).sum();
    double inClusters = Arrays.stream(ofClusters()).mapToDouble(Agreement::pairs).sum();
    double expected = inClasses * inClusters / pairs(total());
    double most = (inClasses + inClusters) / 2;
    return most == expected ? 1 : (both - expected) / (most - expected);
  }

  private static double pairs(double count) {
    return count * (count - 1) / 2;
  }

  /** 1 where each cluster is of one class: mutual information in parts of the classes' entropy. */
  public double homogeneity() {
    double entropy = entropy(ofClasses());
    return entropy == 0 ? 1 : mutualInformation() / entropy;
  }

  /** 1 where each class is in one cluster: mutual information in parts of the clusters' entropy. */
  public double completeness() {
    double entropy = entropy(ofClusters());
    return entropy == 0 ? 1 : mutualInformation() / entropy;
  }

  /** Percentage of rows in the cluster of their class, matched one to one, as well as can be. */
  public double accuracy() {
    double[][] gains =
        Arrays.stream(table)
            .map(row -> Arrays.stream(row).asDoubleStream().toArray())
            .toArray(double[][]::new);
    return 100 * Assignment.best(gains) / total();
  }

  /** Percentage of rows of their cluster's most frequent class. */
  public double purity() {
    double sum = 0;
    for (int cluster = 0; cluster < table[0].length; cluster++) {
      int most = 0;
      for (int[] row : table) {
        most = Math.max(most, row[cluster]);
      }
      sum += most;
    }
    return 100 * sum / total();
  }
}
