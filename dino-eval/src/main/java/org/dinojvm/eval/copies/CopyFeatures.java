package org.dinojvm.eval.copies;

import java.util.Arrays;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;

/**
 * What the published {@code eval_copy_detection.py} takes for a picture's features: the class token
 * and, behind it, the generalized mean of the patches' tokens, both after the final norm.
 */
public final class CopyFeatures {

  /** The published exponent of the generalized mean. */
  private static final int POWER = 4;

  /** What tokens are clamped at, as roots of negative numbers are none. */
  private static final float LEAST = 1e-6f;

  private CopyFeatures() {}

  /**
   * Features of pictures.
   *
   * @param tokens [N, 1 + h·w, D], the class token first
   * @return [N, 2D], not normalized
   */
  public static float[][] of(TFloat32 tokens) {
    return Arrays.stream(StdArrays.array3dCopyOf(tokens))
        .map(CopyFeatures::of)
        .toArray(float[][]::new);
  }

  /** [1 + h·w, D] to [2D]. */
  private static float[] of(float[][] tokens) {
    int dim = tokens[0].length;
    float[] joined = Arrays.copyOf(tokens[0], 2 * dim);
    for (int i = 0; i < dim; i++) {
      joined[dim + i] = generalizedMean(tokens, i);
    }
    return joined;
  }

  /** Of one feature over all patches. */
  private static float generalizedMean(float[][] tokens, int feature) {
    double sum = 0;
    for (int patch = 1; patch < tokens.length; patch++) {
      sum += Math.pow(Math.max(tokens[patch][feature], LEAST), POWER);
    }
    return (float) Math.pow(sum / (tokens.length - 1), 1.0 / POWER);
  }
}
