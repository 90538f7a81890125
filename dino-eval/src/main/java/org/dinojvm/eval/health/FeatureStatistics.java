package org.dinojvm.eval.health;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import org.dinojvm.eval.math.Matrices;

/**
 * Numbers that show collapse of features, in double precision.
 *
 * <p>Letters in shapes: N pictures, D features.
 */
public final class FeatureStatistics {

  private static final int ROWS_AT_A_TIME = 1024;

  private FeatureStatistics() {}

  /**
   * Rows of length 1.
   *
   * @param rows [N, D]
   * @return [N, D]; a row of zeros stays one
   */
  public static double[][] normalized(float[][] rows) {
    double[][] unit = new double[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      double squares = 0;
      for (float value : rows[row]) {
        squares += (double) value * value;
      }
      double length = Math.max(Math.sqrt(squares), 1e-12);
      unit[row] = new double[rows[row].length];
      for (int i = 0; i < unit[row].length; i++) {
        unit[row][i] = rows[row][i] / length;
      }
    }
    return unit;
  }

  /**
   * How far apart two views of a picture are, the mean of ‖x − y‖^α over pairs (Wang and Isola
   * 2020, equation 1); 0 is perfect.
   *
   * @param x [N, D], normalized
   * @param y [N, D], the other views, normalized
   */
  public static double alignment(double[][] x, double[][] y, double alpha) {
    double sum = 0;
    for (int row = 0; row < x.length; row++) {
      double squares = 0;
      for (int i = 0; i < x[row].length; i++) {
        double difference = x[row][i] - y[row][i];
        squares += difference * difference;
      }
      sum += Math.pow(squares, alpha / 2);
    }
    return sum / x.length;
  }

  /**
   * How evenly features are spread over the sphere, the log of the mean of exp(−t ‖x − y‖²) over
   * pairs of different rows (Wang and Isola 2020, equation 2); the lower, the more even, 0 if all
   * are the same.
   *
   * @param rows [N, D], normalized, at least two
   */
  public static double uniformity(double[][] rows, double t) {
    checkArgument(rows.length >= 2, "uniformity needs at least 2 pictures, not %s", rows.length);
    double sum = 0;
    for (int from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
      int to = Math.min(from + ROWS_AT_A_TIME, rows.length);
      double[][] cosines = Matrices.products(Arrays.copyOfRange(rows, from, to), rows);
      for (int row = from; row < to; row++) {
        for (int other = 0; other < row; other++) { // ‖x − y‖² = 2 − 2 cos(x, y)
          sum += Math.exp(-t * Math.max(0, 2 - 2 * cosines[row - from][other]));
        }
      }
    }
    return Math.log(sum / (0.5 * rows.length * (rows.length - 1.0)));
  }

  /**
   * The mean over features of their standard deviation; about 1/√D where nothing has collapsed.
   *
   * @param rows [N, D], normalized, at least two
   */
  public static double standardDeviation(double[][] rows) {
    int width = rows[0].length;
    double sum = 0;
    for (int i = 0; i < width; i++) {
      double mean = 0;
      for (double[] row : rows) {
        mean += row[i] / rows.length;
      }
      double squares = 0;
      for (double[] row : rows) {
        squares += (row[i] - mean) * (row[i] - mean);
      }
      sum += Math.sqrt(squares / (rows.length - 1));
    }
    return sum / width;
  }

  /**
   * Singular values of the matrix of rows, the largest first.
   *
   * @param rows [N, D], not normalized
   * @param center [D], taken off each row before; zeros for the rows as they are
   * @return [min(N, D)]
   */
  public static double[] singularValues(float[][] rows, double[] center) {
    double[] squares = Matrices.eigen(Matrices.moments(rows, center)).values();
    double[] values = new double[Math.min(rows.length, squares.length)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.sqrt(Math.max(0, squares[i]) * rows.length);
    }
    return values;
  }

  /**
   * RankMe, how many directions features use in effect: the exponential of the entropy of the
   * singular values' shares (Garrido et al. 2023, equation 2); 1 after total collapse, at most D.
   *
   * @param singularValues of features as they are, not centered
   * @param epsilon added to each share, 1e-7
   */
  public static double rankMe(double[] singularValues, double epsilon) {
    double sum = 0;
    for (double value : singularValues) {
      sum += value;
    }
    double entropy = 0;
    for (double value : singularValues) {
      double share = value / sum + epsilon;
      entropy -= share * Math.log(share);
    }
    return Math.exp(entropy);
  }
}
