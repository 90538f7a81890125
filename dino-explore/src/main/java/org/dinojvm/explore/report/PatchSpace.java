package org.dinojvm.explore.report;

import java.util.Arrays;
import java.util.List;
import org.dinojvm.eval.math.Matrices;
import org.dinojvm.eval.math.Matrices.Eigen;
import org.dinojvm.eval.math.PatchPca;

/**
 * What patch tokens of many pictures have in common, learned of some of them: colors, so that the
 * same part has the same color everywhere, and short tokens whose products are nearly the cosines.
 *
 * <p>Letters in shapes: P patches of all pictures, D features, d features of a short token.
 */
public final class PatchSpace {

  /** d at most. */
  private static final int MOST_DIMENSIONS = 64;

  /** Share of patches whose color may lie beyond the scale, at either end. */
  private static final double TAIL = 0.01;

  /** Patches of the foreground without which colors would be those of noise. */
  private static final int LEAST_FOREGROUND = 12;

  private final PatchPca colors;
  private final boolean allForeground;
  private final double[][] range;
  private final double[][] axes;
  private final double largest;
  private final double kept;

  private PatchSpace(
      PatchPca colors,
      boolean allForeground,
      double[][] range,
      double[][] axes,
      double largest,
      double kept) {
    this.colors = colors;
    this.allForeground = allForeground;
    this.range = range;
    this.axes = axes;
    this.largest = largest;
    this.kept = kept;
  }

  /** Learns from pictures of one model, all with as many patches. */
  public static PatchSpace of(List<PatchView> pictures) {
    PatchView first = pictures.get(0);
    float[][] tokens =
        pictures.stream()
            .flatMap(picture -> Arrays.stream(picture.tokens().orElseThrow()))
            .toArray(float[][]::new);
    Eigen eigen = Matrices.eigen(Matrices.moments(tokens, new double[tokens[0].length]));
    double[][] axes = Arrays.copyOf(eigen.vectors(), Math.min(MOST_DIMENSIONS, tokens[0].length));
    double all = Arrays.stream(eigen.values()).sum();
    double kept = Arrays.stream(eigen.values()).limit(axes.length).sum() / all;
    double largest =
        Arrays.stream(Matrices.project(tokens, new double[tokens[0].length], axes))
            .flatMapToDouble(Arrays::stream)
            .map(Math::abs)
            .max()
            .orElse(1);
    return colored(tokens, first, axes, largest, kept);
  }

  private static PatchSpace colored(
      float[][] tokens, PatchView first, double[][] axes, double largest, double kept) {
    PatchPca colors = PatchPca.of(tokens, first.rows(), first.columns(), 3);
    long foreground = 0;
    for (boolean one : colors.foreground()) {
      foreground += one ? 1 : 0;
    }
    boolean all = foreground < LEAST_FOREGROUND;
    double[][] projected =
        all ? Matrices.project(tokens, colors.mean(), colors.components()) : colors.projection();
    double[][] range = new double[3][2];
    for (int k = 0; k < 3; k++) {
      int component = k;
      double[] sorted = Arrays.stream(projected).mapToDouble(p -> p[component]).sorted().toArray();
      int tail = (int) (TAIL * sorted.length);
      range[k][0] = sorted[tail];
      range[k][1] = sorted[sorted.length - 1 - tail];
    }
    return new PatchSpace(colors, all, range, axes, largest, kept);
  }

  /** d. */
  public int dimensions() {
    return axes.length;
  }

  /** Share of the tokens' squared length that short tokens keep. */
  public double kept() {
    return kept;
  }

  /**
   * Colors of a picture's patches; black where its first principal component says background.
   *
   * @param tokens [P, D]
   * @return P · 3 bytes, RGB
   */
  public byte[] colors(float[][] tokens) {
    double[][] score =
        Matrices.project(tokens, colors.firstMean(), new double[][] {colors.firstComponent()});
    double[][] projected = Matrices.project(tokens, colors.mean(), colors.components());
    byte[] rgb = new byte[3 * tokens.length];
    for (int patch = 0; patch < tokens.length; patch++) {
      for (int k = 0; k < 3 && (allForeground || score[patch][0] > 0); k++) {
        double extent = Math.max(range[k][1] - range[k][0], Double.MIN_NORMAL);
        double value = (projected[patch][k] - range[k][0]) / extent;
        rgb[3 * patch + k] = (byte) Math.round(255 * Math.max(0, Math.min(1, value)));
      }
    }
    return rgb;
  }

  /**
   * Short tokens of a picture's patches, a signed byte each feature on the same scale everywhere.
   *
   * @param tokens [P, D]
   * @return P · d bytes
   */
  public byte[] shortTokens(float[][] tokens) {
    double[][] projected = Matrices.project(tokens, new double[tokens[0].length], axes);
    byte[] values = new byte[tokens.length * axes.length];
    int next = 0;
    for (double[] token : projected) {
      for (double value : token) {
        values[next++] = (byte) Math.round(127 * Math.max(-1, Math.min(1, value / largest)));
      }
    }
    return values;
  }
}
