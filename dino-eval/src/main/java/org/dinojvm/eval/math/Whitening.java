package org.dinojvm.eval.math;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import org.dinojvm.eval.math.Matrices.Eigen;
import org.dinojvm.serve.readout.ReadOut;

/**
 * PCA whitening: y = Λ^(−1/2) Vᵀ (x − μ), after which all directions have the same variance (Jégou
 * and Chum 2012). No dimension is dropped; eigenvalues under 1e-5 of the largest count as that
 * much, as in DINO's {@code eval_copy_detection.py}. In double precision.
 */
public final class Whitening {

  private static final double LEAST_EIGENVALUE = 1e-5;

  /** Eigenvalues' exponent, after which variances are equal. */
  public static final double FULL = 0.5;

  private final double[] mean;
  private final double[][] matrix;

  private Whitening(double[] mean, double[][] matrix) {
    this.mean = mean;
    this.matrix = matrix;
  }

  /**
   * Learns from rows: their mean and covariance.
   *
   * @param rows [N, D], at least two
   */
  public static Whitening learn(float[][] rows) {
    return learn(rows, FULL);
  }

  /**
   * Learns from rows: their mean and covariance.
   *
   * @param rows [N, D], at least two
   * @param power that eigenvalues are raised to and then divided by: {@link #FULL}, or less, after
   *     which large components stay larger than small ones
   */
  public static Whitening learn(float[][] rows, double power) {
    double[] mean = mean(rows);
    return new Whitening(mean, scaled(Matrices.eigen(Matrices.moments(rows, mean)), power));
  }

  /**
   * Learns as {@code eval_copy_detection.py} does: the mean is taken off, but the eigenvectors are
   * those of XᵀX / N with the mean still in it.
   *
   * @param rows [N, D], at least two
   * @param power that eigenvalues are raised to and then divided by, such as {@link #FULL}
   */
  public static Whitening uncentered(float[][] rows, double power) {
    double[] mean = mean(rows);
    return new Whitening(
        mean, scaled(Matrices.eigen(Matrices.moments(rows, new double[mean.length])), power));
  }

  private static double[] mean(float[][] rows) {
    checkArgument(
        rows.length >= 2, "whitening is learned from at least 2 rows, not %s", rows.length);
    return Matrices.mean(rows);
  }

  /** [D, D], each eigenvector divided by a power of its value. */
  private static double[][] scaled(Eigen eigen, double power) {
    double least = LEAST_EIGENVALUE * eigen.values()[0];
    checkArgument(least > 0, "features that are all the same cannot be whitened");
    double[][] scaled = eigen.vectors();
    for (int i = 0; i < scaled.length; i++) {
      double root = Math.pow(Math.max(eigen.values()[i], least), power);
      for (int j = 0; j < scaled[i].length; j++) {
        scaled[i][j] /= root;
      }
    }
    return scaled;
  }

  /** The same for a graph, rounded to single precision. */
  public ReadOut.Affine affine() {
    return new ReadOut.Affine(rounded(mean), rounded(matrix));
  }

  private static float[][] rounded(double[][] exact) {
    return Arrays.stream(exact).map(Whitening::rounded).toArray(float[][]::new);
  }

  private static float[] rounded(double[] exact) {
    float[] rounded = new float[exact.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) exact[i];
    }
    return rounded;
  }

  /**
   * Whitens rows in double precision.
   *
   * @param rows [N, D]
   * @return [N, D], not normalized
   */
  public double[][] applyExactly(float[][] rows) {
    return Matrices.project(rows, mean, matrix);
  }

  /**
   * Whitens rows.
   *
   * @param rows [N, D]
   * @return [N, D], not normalized
   */
  public float[][] apply(float[][] rows) {
    return rounded(applyExactly(rows));
  }
}
