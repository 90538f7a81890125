package org.dinojvm.data;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * Pillow's Gaussian blur (BoxBlur.c): three passes of an extended box blur, whose outermost taps
 * have a part of the others' weight. A pass along an axis is a product with a band matrix, so the
 * three together are one product, too.
 */
final class BoxBlur {

  private static final int PASSES = 3;

  private BoxBlur() {}

  /**
   * See {@link Augmentations#gaussianBlur}.
   *
   * @param picture [3, S, S]
   */
  static Operand<TFloat32> gaussian(
      Ops tf, Operand<TFloat32> picture, Operand<TFloat32> sigma, float largestSigma) {
    int size = (int) picture.shape().get(1);
    Operand<TFloat32> pass = pass(tf, sigma, wholeExtent(largestSigma) + 1, size);
    Operand<TFloat32> passes = tf.linalg.matMul(tf.linalg.matMul(pass, pass), pass);
    Operand<TFloat32> alongX =
        tf.linalg.matMul(
            tf.reshape(picture, tf.constant(new int[] {3 * size, size})),
            passes,
            MatMul.transposeB(true));
    Operand<TFloat32> alongBoth =
        tf.train.batchMatMul(
            tf.broadcastTo(passes, tf.constant(new int[] {3, size, size})),
            tf.reshape(alongX, tf.constant(new int[] {3, size, size})),
            TFloat32.class);
    return Augmentations.round(tf, alongBoth);
  }

  /** One pass over a line of pixels as a matrix, [size, size]. */
  private static Operand<TFloat32> pass(Ops tf, Operand<TFloat32> sigma, int reach, int size) {
    Operand<TFloat32> taps = tf.reshape(taps(tf, sigma, reach), tf.constant(new int[] {1, -1}));
    return tf.reshape(
        tf.linalg.matMul(taps, tf.constant(shifts(reach, size))),
        tf.constant(new int[] {size, size}));
  }

  /** The weights of the pixels at −reach … reach, [2 · reach + 1]. */
  private static Operand<TFloat32> taps(Ops tf, Operand<TFloat32> sigma, int reach) {
    float[] distance = new float[2 * reach + 1];
    for (int i = 0; i < distance.length; i++) {
      distance[i] = Math.abs(i - reach);
    }
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> extent = extent(tf, sigma);
    Operand<TFloat32> covered =
        tf.clipByValue(
            tf.math.sub(tf.math.add(extent, one), tf.constant(distance)), tf.constant(0f), one);
    return tf.math.div(covered, tf.math.add(tf.math.mul(extent, tf.constant(2f)), one));
  }

  /**
   * How far the box reaches beyond its centre so that three passes have the standard deviation
   * sigma: Pillow's {@code _gaussian_blur_radius}, after Gwosdek et al. 2011, "Theoretical
   * foundations of Gaussian convolution by extended box filtering".
   */
  private static Operand<TFloat32> extent(Ops tf, Operand<TFloat32> sigma) {
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> variance = tf.math.div(tf.math.square(sigma), tf.constant((float) PASSES));
    Operand<TFloat32> width =
        tf.math.sqrt(tf.math.add(tf.math.mul(variance, tf.constant(12f)), one));
    Operand<TFloat32> whole = tf.math.floor(tf.math.div(tf.math.sub(width, one), tf.constant(2f)));
    Operand<TFloat32> next = tf.math.add(whole, one);
    Operand<TFloat32> part =
        tf.math.div(
            tf.math.mul(
                tf.math.add(whole, next),
                tf.math.sub(tf.math.mul(whole, next), tf.math.mul(variance, tf.constant(3f)))),
            tf.math.mul(tf.math.sub(variance, tf.math.square(next)), tf.constant(6f)));
    return tf.math.add(whole, part);
  }

  /** The whole part of the same, for a constant. */
  private static int wholeExtent(float sigma) {
    return (int) ((Math.sqrt(12 * sigma * sigma / PASSES + 1) - 1) / 2);
  }

  /**
   * Row d holds the matrix that moves a line by d − reach pixels, flattened; beyond the ends the
   * outermost pixels go on. [2 · reach + 1, size · size]
   */
  private static float[][] shifts(int reach, int size) {
    float[][] shifts = new float[2 * reach + 1][size * size];
    for (int d = -reach; d <= reach; d++) {
      for (int to = 0; to < size; to++) {
        int from = Math.min(Math.max(to + d, 0), size - 1);
        shifts[d + reach][to * size + from] = 1;
      }
    }
    return shifts;
  }
}
