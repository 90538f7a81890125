package org.dinojvm.eval.retrieval;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.function.Function;
import org.dinojvm.eval.pixels.Bilinear;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/**
 * Features of whole pictures at several scales, added (published {@code utils.multi_scale}).
 *
 * <p>Letters in shapes: N pictures, H × W pixels, D features.
 *
 * @param scales of the picture, each bilinear and without antialias
 */
public record RetrievalFeatures(ImmutableList<Double> scales) {

  /** The published three. */
  public static final ImmutableList<Double> PUBLISHED_SCALES =
      ImmutableList.of(1.0, 1 / Math.sqrt(2), 0.5);

  /** The picture as it is. */
  public static final ImmutableList<Double> ONE_SCALE = ImmutableList.of(1.0);

  /**
   * Features of pictures of one size. Those of several scales are divided by the length of the
   * whole batch, as published: a batch of one ends at length 1.
   *
   * @param images N · H · W · 3 values
   * @param network from images [N, h, w, 3] to features [N, D], which this closes
   * @return [N, D]; at one scale what the network gives
   */
  public float[][] of(
      float[] images, int pictures, int height, int width, Function<TFloat32, TFloat32> network) {
    float[][] sum = null;
    for (double scale : scales) {
      float[][] features = run(scaled(images, pictures, height, width, scale), network);
      sum = sum == null ? features : added(sum, features);
    }
    return scales.size() == 1 ? sum : divided(sum);
  }

  /**
   * Pictures at a scale, the caller's to close: [N, ⌊s·H⌋, ⌊s·W⌋, 3].
   *
   * @param images N · H · W · 3 values
   */
  public static TFloat32 scaled(float[] images, int pictures, int height, int width, double scale) {
    if (scale == 1) {
      return TFloat32.tensorOf(Shape.of(pictures, height, width, 3), DataBuffers.of(images));
    }
    int picture = height * width * 3;
    Shape shape = Shape.of(pictures, (int) (height * scale), (int) (width * scale), 3);
    return TFloat32.tensorOf(
        shape,
        tensor -> {
          for (int i = 0; i < pictures; i++) {
            float[] one = Arrays.copyOfRange(images, i * picture, (i + 1) * picture);
            float[] resized = Bilinear.scaled(one, height, width, 3, scale);
            tensor.asRawTensor().data().asFloats().offset((long) i * resized.length).write(resized);
          }
        });
  }

  private static float[][] run(TFloat32 images, Function<TFloat32, TFloat32> network) {
    try (images;
        TFloat32 features = network.apply(images)) {
      return StdArrays.array2dCopyOf(features);
    }
  }

  private static float[][] added(float[][] a, float[][] b) {
    for (int row = 0; row < a.length; row++) {
      for (int i = 0; i < a[row].length; i++) {
        a[row][i] += b[row][i];
      }
    }
    return a;
  }

  private float[][] divided(float[][] sum) {
    double squares = 0;
    for (float[] row : sum) {
      for (int i = 0; i < row.length; i++) {
        row[i] /= scales.size();
        squares += (double) row[i] * row[i];
      }
    }
    for (float[] row : sum) {
      for (int i = 0; i < row.length; i++) {
        row[i] /= (float) Math.sqrt(squares);
      }
    }
    return sum;
  }
}
