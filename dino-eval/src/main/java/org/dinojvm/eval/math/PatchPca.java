package org.dinojvm.eval.math;

import java.util.Arrays;
import org.dinojvm.eval.math.Matrices.Eigen;

/**
 * What patches have in common, in colors (Oquab et al. 2024, DINOv2, section 7.6): the first
 * principal component of all patches tells foreground from background; the next principal
 * components, of the foreground's patches alone, are its colors. In double precision.
 *
 * <p>Letters in shapes: P patches of all pictures, D features, F patches of the foreground, K
 * components.
 *
 * @param firstMean [D]
 * @param firstComponent [D]
 * @param firstVariance along it, by P − 1
 * @param firstScore [P]
 * @param foreground [P]
 * @param mean [D] of the foreground
 * @param components [K, D]
 * @param variances [K], by F − 1
 * @param projection [F, K]
 */
public record PatchPca(
    double[] firstMean,
    double[] firstComponent,
    double firstVariance,
    double[] firstScore,
    boolean[] foreground,
    double[] mean,
    double[][] components,
    double[] variances,
    double[][] projection) {

  /**
   * Learns both.
   *
   * @param patches [P, D], the pictures' one after the other, each by row and column
   * @param height patches of a column
   * @param width patches of a row
   * @param count K
   */
  public static PatchPca of(float[][] patches, int height, int width, int count) {
    double[] firstMean = Matrices.mean(patches);
    Eigen first = Matrices.eigen(Matrices.moments(patches, firstMean));
    double[] component = first.vectors()[0];
    double[] score = column(Matrices.project(patches, firstMean, new double[][] {component}));
    if (isInverted(score, height, width)) {
      negate(component);
      negate(score);
    }
    boolean[] foreground = new boolean[score.length];
    for (int patch = 0; patch < score.length; patch++) {
      foreground[patch] = score[patch] > 0;
    }
    float[][] kept = kept(patches, foreground);
    double[] mean = Matrices.mean(kept);
    Eigen second = Matrices.eigen(Matrices.moments(kept, mean));
    double[][] components = Arrays.copyOf(second.vectors(), count);
    Arrays.stream(components).filter(PatchPca::pointsDown).forEach(PatchPca::negate);
    return new PatchPca(
        firstMean,
        component,
        unbiased(first.values()[0], patches.length),
        score,
        foreground,
        mean,
        components,
        Arrays.stream(second.values(), 0, count).map(v -> unbiased(v, kept.length)).toArray(),
        Matrices.project(kept, mean, components));
  }

  private static double unbiased(double variance, int count) {
    return variance * count / (count - 1);
  }

  /** Whether more of the border's patches are positive than of those inside. */
  private static boolean isInverted(double[] score, int height, int width) {
    long[] positive = new long[2];
    long[] all = new long[2];
    for (int patch = 0; patch < score.length; patch++) {
      int row = patch / width % height;
      int column = patch % width;
      int inside = row > 0 && row < height - 1 && column > 0 && column < width - 1 ? 1 : 0;
      all[inside]++;
      positive[inside] += score[patch] > 0 ? 1 : 0;
    }
    return (double) positive[0] / Math.max(1, all[0]) > (double) positive[1] / Math.max(1, all[1]);
  }

  /** Whether the entry of largest magnitude, the first of equals, is negative. */
  private static boolean pointsDown(double[] component) {
    int largest = 0;
    for (int i = 1; i < component.length; i++) {
      largest = Math.abs(component[i]) > Math.abs(component[largest]) ? i : largest;
    }
    return component[largest] < 0;
  }

  private static void negate(double[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = -values[i];
    }
  }

  private static double[] column(double[][] matrix) {
    return Arrays.stream(matrix).mapToDouble(row -> row[0]).toArray();
  }

  private static float[][] kept(float[][] patches, boolean[] foreground) {
    float[][] kept = new float[patches.length][];
    int count = 0;
    for (int patch = 0; patch < patches.length; patch++) {
      if (foreground[patch]) {
        kept[count++] = patches[patch];
      }
    }
    return Arrays.copyOf(kept, count);
  }

  /**
   * Colors: each component from its least to its largest value over all pictures, background black.
   *
   * @return [P, K] in 0…1
   */
  public double[][] colors() {
    double[][] scaled = new double[projection.length][components.length];
    for (int k = 0; k < components.length; k++) {
      int component = k;
      double least = Arrays.stream(projection).mapToDouble(p -> p[component]).min().orElse(0);
      double most = Arrays.stream(projection).mapToDouble(p -> p[component]).max().orElse(1);
      for (int patch = 0; patch < scaled.length; patch++) {
        scaled[patch][k] = (projection[patch][k] - least) / (most - least);
      }
    }
    return spread(scaled);
  }

  /**
   * Colors as in DINOv3's notebook: the sigmoid of twice each component at variance 1, background
   * black.
   *
   * @return [P, K] in 0…1
   */
  public double[][] sigmoidColors() {
    double[][] scaled = new double[projection.length][components.length];
    for (int patch = 0; patch < scaled.length; patch++) {
      for (int k = 0; k < components.length; k++) {
        scaled[patch][k] = 1 / (1 + Math.exp(-2 * projection[patch][k] / Math.sqrt(variances[k])));
      }
    }
    return spread(scaled);
  }

  /** [F, K] to [P, K]. */
  private double[][] spread(double[][] ofForeground) {
    double[][] all = new double[foreground.length][components.length];
    int next = 0;
    for (int patch = 0; patch < all.length; patch++) {
      if (foreground[patch]) {
        all[patch] = ofForeground[next++];
      }
    }
    return all;
  }
}
