package org.dinojvm.eval.cluster;

import java.util.Arrays;

/** The assignment problem: the Hungarian method with potentials (Kuhn 1955), O(n³). */
final class Assignment {

  private Assignment() {}

  /**
   * The largest sum of entries of which no two share a row or a column.
   *
   * @param gains [R, C], none negative
   */
  static double best(double[][] gains) {
    int size = Math.max(gains.length, gains[0].length);
    double[] rowPotential = new double[size + 1];
    double[] columnPotential = new double[size + 1];
    int[] rowOf = new int[size + 1]; // by column, both from 1; 0 is none
    int[] previous = new int[size + 1];
    for (int row = 1; row <= size; row++) {
      int column = 0;
      rowOf[0] = row;
      double[] slack = new double[size + 1];
      Arrays.fill(slack, Double.POSITIVE_INFINITY);
      boolean[] used = new boolean[size + 1];
      while (rowOf[column] != 0) { // grow a path until it reaches a column without a row
        used[column] = true;
        int current = rowOf[column];
        int next = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int j = 1; j <= size; j++) {
          if (!used[j]) {
            double reduced =
                -gain(gains, current - 1, j - 1) - rowPotential[current] - columnPotential[j];
            if (reduced < slack[j]) {
              slack[j] = reduced;
              previous[j] = column;
            }
            if (slack[j] < least) {
              least = slack[j];
              next = j;
            }
          }
        }
        for (int j = 0; j <= size; j++) {
          if (used[j]) {
            rowPotential[rowOf[j]] += least;
            columnPotential[j] -= least;
          } else {
            slack[j] -= least;
          }
        }
        column = next;
      }
      while (column != 0) {
        rowOf[column] = rowOf[previous[column]];
        column = previous[column];
      }
    }
    double sum = 0;
    for (int column = 1; column <= size; column++) {
      sum += gain(gains, rowOf[column] - 1, column - 1);
    }
    return sum;
  }

  /** What surplus rows or columns are matched with is worth nothing. */
  private static double gain(double[][] gains, int row, int column) {
    return row < gains.length && column < gains[0].length ? gains[row][column] : 0;
  }
}
