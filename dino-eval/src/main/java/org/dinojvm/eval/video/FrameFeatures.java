package org.dinojvm.eval.video;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * The patch tokens of a frame, each of length 1.
 *
 * @param height h, in patches
 * @param width w, in patches
 * @param dim D
 * @param values h · w · D by row, column and channel; not copied
 */
public record FrameFeatures(int height, int width, int dim, float[] values) {

  /** As torch's {@code normalize} has it. */
  private static final double SMALLEST_NORM = 1e-12;

  /** Checks the number of values. */
  public FrameFeatures {
    checkArgument(
        values.length == height * width * dim,
        "%s values are no features of %s × %s × %s",
        values.length,
        height,
        width,
        dim);
  }

  /** Tokens of any length, each divided by its own. */
  public static FrameFeatures normalized(int height, int width, int dim, float[] tokens) {
    float[] values = new float[tokens.length];
    for (int begin = 0; begin < tokens.length; begin += dim) {
      double squares = 0;
      for (int i = begin; i < begin + dim; i++) {
        squares += (double) tokens[i] * tokens[i];
      }
      double norm = Math.max(Math.sqrt(squares), SMALLEST_NORM);
      for (int i = begin; i < begin + dim; i++) {
        values[i] = (float) (tokens[i] / norm);
      }
    }
    return new FrameFeatures(height, width, dim, values);
  }
}
