package org.dinojvm.eval.math;

import org.dinojvm.eval.math.Matrices.Eigen;

/**
 * Rows in the coordinates of their principal components: centered, then rotated, nothing dropped. A
 * rotation keeps lengths, so that what is learned in these coordinates under a penalty of ‖W‖² can
 * be carried back exactly.
 *
 * <p>Letters in shapes: N rows, D columns, V vectors.
 *
 * @param mean [D]
 * @param axes [D, D], each row an axis of length 1, that of the largest variance first
 * @param variances [D] along them, not negative
 */
public record PrincipalAxes(double[] mean, double[][] axes, double[] variances) {

  /**
   * Learns from rows.
   *
   * @param rows [N, D]
   */
  public static PrincipalAxes of(float[][] rows) {
    double[] mean = Matrices.mean(rows);
    Eigen eigen = Matrices.eigen(Matrices.moments(rows, mean));
    double[] variances = eigen.values().clone();
    for (int i = 0; i < variances.length; i++) {
      variances[i] = Math.max(0, variances[i]);
    }
    return new PrincipalAxes(mean, eigen.vectors(), variances);
  }

  /**
   * Coordinates of rows.
   *
   * @param rows [N, D]
   * @return [N, D]
   */
  public double[][] coordinates(float[][] rows) {
    return Matrices.project(rows, mean, axes);
  }

  /**
   * The vectors whose products with rows are those of given vectors with the rows' coordinates, but
   * for {@link #offset}.
   *
   * @param ofCoordinates [V, D]
   * @return [V, D]
   */
  public double[][] vectors(double[][] ofCoordinates) {
    double[][] columns = new double[mean.length][mean.length];
    for (int row = 0; row < columns.length; row++) {
      for (int i = 0; i < columns.length; i++) {
        columns[i][row] = axes[row][i];
      }
    }
    return Matrices.products(ofCoordinates, columns);
  }

  /**
   * What is to be taken off a vector's product with a row, as coordinates are centered.
   *
   * @param vector [D], one of {@link #vectors}
   */
  public double offset(double[] vector) {
    double offset = 0;
    for (int i = 0; i < vector.length; i++) {
      offset += vector[i] * mean[i];
    }
    return offset;
  }
}
