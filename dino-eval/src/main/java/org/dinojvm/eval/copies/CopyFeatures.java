package org.dinojvm.eval.copies;

import java.util.Arrays;
import java.util.function.Function;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
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
   * @param images [N, H, W, 3], the caller's to close
   * @param classToken from images to [N, D], which this closes
   * @param tokens from images to [N, h, w, D], which this closes
   * @return [N, 2D], not normalized
   */
  public static float[][] of(
      TFloat32 images,
      Function<TFloat32, TFloat32> classToken,
      Function<TFloat32, TFloat32> tokens) {
    try (TFloat32 features = classToken.apply(images);
        TFloat32 maps = tokens.apply(images)) {
      float[][] first = StdArrays.array2dCopyOf(features);
      float[][] joined = new float[first.length][];
      for (int i = 0; i < joined.length; i++) {
        int dim = first[i].length;
        joined[i] = Arrays.copyOf(first[i], 2 * dim);
        System.arraycopy(generalizedMean(maps, i), 0, joined[i], dim, dim);
      }
      return joined;
    }
  }

  /** GeM over all places of picture i: [D]. */
  private static float[] generalizedMean(TFloat32 maps, int i) {
    Shape shape = maps.shape();
    int places = Math.toIntExact(shape.get(1) * shape.get(2));
    int dim = Math.toIntExact(shape.get(3));
    FloatDataBuffer values = maps.asRawTensor().data().asFloats();
    double[] sums = new double[dim];
    float[] token = new float[dim];
    for (int place = 0; place < places; place++) {
      values.offset(((long) i * places + place) * dim).read(token);
      for (int j = 0; j < dim; j++) {
        sums[j] += Math.pow(Math.max(token[j], LEAST), POWER);
      }
    }
    float[] mean = new float[dim];
    for (int j = 0; j < dim; j++) {
      mean[j] = (float) Math.pow(sums[j] / places, 1.0 / POWER);
    }
    return mean;
  }
}
