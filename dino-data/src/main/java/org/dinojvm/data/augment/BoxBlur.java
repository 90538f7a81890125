package org.dinojvm.data.augment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Pillow's Gaussian blur (BoxBlur.c): three passes along x and three along y of an extended box
 * blur, whose outermost taps have a part of the others' weight. Bytes are kept between the passes:
 * a faint blur changes little of what is smooth, since its effect is rounded away.
 *
 * <p>A pass adds lines of pixels, each times the weight of its distance. That is fast along y,
 * whose neighbours are whole lines; so for x the crop is turned, and turned back.
 */
final class BoxBlur {

  private static final int PASSES = 3;

  /** Pillow's weights are whole numbers of this part of 1. */
  private static final double UNIT = 1 << 24;

  /**
   * What one unit of Pillow's rounding error becomes here. Its own size, 2⁻²⁴, is lost in floats,
   * but decides ties, of which round numbers such as radius 1 are full. This size decides them the
   * same way, and little else.
   */
  private static final double ROUNDING_ERROR = 1e-4;

  private BoxBlur() {}

  /**
   * See {@link ImageOps#gaussianBlur}.
   *
   * @param crop [3, 1, H, W]
   * @param sigma [1, 1, 1]
   */
  static Operand<TFloat32> gaussian(
      Ops tf, Operand<TFloat32> crop, Operand<TFloat32> sigma, float largestSigma) {
    int reach = wholeExtent(largestSigma) + 1;
    Operand<TFloat32> weights =
        Compiled.barrier(
            tf, tf.reshape(taps(tf, sigma, reach), tf.constant(new int[] {reach + 1})));
    Operand<TInt32> swapXy = tf.constant(new int[] {0, 1, 3, 2});
    Operand<TFloat32> turned = Compiled.barrier(tf, tf.linalg.transpose(crop, swapXy));
    Operand<TFloat32> alongX = tf.linalg.transpose(alongY(tf, turned, weights, reach), swapXy);
    return alongY(tf, Compiled.barrier(tf, alongX), weights, reach);
  }

  /** All passes along the third axis. */
  private static Operand<TFloat32> alongY(
      Ops tf, Operand<TFloat32> crop, Operand<TFloat32> weights, int reach) {
    List<? extends Operand<TFloat32>> perDistance = tf.unstack(weights, reach + 1L).output();
    Operand<TFloat32> result = crop;
    for (int pass = 0; pass < PASSES; pass++) {
      result = pass(tf, result, perDistance);
    }
    return result;
  }

  /** Beyond its ends a crop goes on with its outermost lines. */
  private static Operand<TFloat32> pass(
      Ops tf, Operand<TFloat32> crop, List<? extends Operand<TFloat32>> weights) {
    int reach = weights.size() - 1;
    int size = (int) crop.shape().get(2);
    List<Operand<TFloat32>> lines = new ArrayList<>();
    lines.addAll(Collections.nCopies(reach, lines(tf, crop, 0, 1)));
    lines.add(crop);
    lines.addAll(Collections.nCopies(reach, lines(tf, crop, size - 1, 1)));
    Operand<TFloat32> extended = Compiled.barrier(tf, tf.concat(lines, tf.constant(2)));
    // Not of the crop itself: with a second input XLA's loop takes seven times as long.
    Operand<TFloat32> sum = tf.math.mul(lines(tf, extended, reach, size), weights.get(0));
    for (int distance = 1; distance <= reach; distance++) {
      Operand<TFloat32> pair =
          tf.math.add(
              lines(tf, extended, reach - distance, size),
              lines(tf, extended, reach + distance, size));
      sum = tf.math.add(sum, tf.math.mul(pair, weights.get(distance)));
    }
    return Compiled.barrier(tf, ImageOps.round(tf, sum));
  }

  private static Operand<TFloat32> lines(Ops tf, Operand<TFloat32> crop, int from, int count) {
    return tf.slice(
        crop, tf.constant(new int[] {0, 0, from, 0}), tf.constant(new int[] {-1, -1, count, -1}));
  }

  /** The weights of the pixels at the distances 0 … reach, [1, 1, reach + 1]. */
  private static Operand<TFloat32> taps(Ops tf, Operand<TFloat32> sigma, int reach) {
    float[] distances = new float[reach + 1];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = i;
    }
    Operand<TFloat32> distance = tf.constant(distances);
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> two = tf.constant(2f);
    Operand<TFloat32> variance = tf.math.div(tf.math.square(sigma), tf.constant((float) PASSES));
    Operand<TFloat32> whole = wholeExtent(tf, variance);
    Operand<TFloat32> extent = tf.math.add(whole, partOfExtent(tf, variance, whole));
    Operand<TFloat32> width = tf.math.add(tf.math.mul(extent, two), one);
    Operand<TFloat32> wholeWidth = tf.math.add(tf.math.mul(whole, two), one);
    Operand<TFloat64> inner = tf.math.div(tf.constant(UNIT), wide(tf, width));
    Operand<TFloat64> innerStored =
        tf.math.floor(wide(tf, tf.math.div(tf.constant((float) UNIT), width)));
    Operand<TFloat64> outer = rest(tf, wholeWidth, inner);
    Operand<TFloat64> outerStored = tf.math.floor(rest(tf, wholeWidth, innerStored));
    Operand<TFloat32> inside = mask(tf, tf.math.lessEqual(distance, whole));
    Operand<TFloat32> outermost = mask(tf, tf.math.equal(distance, tf.math.add(whole, one)));
    return tf.math.add(
        tf.math.mul(inside, weight(tf, inner, innerStored)),
        tf.math.mul(outermost, weight(tf, outer, outerStored)));
  }

  /**
   * What the whole taps leave to each of the two outermost ones: (UNIT − wholeWidth · inner) / 2.
   */
  private static Operand<TFloat64> rest(
      Ops tf, Operand<TFloat32> wholeWidth, Operand<TFloat64> inner) {
    Operand<TFloat64> both =
        tf.math.sub(tf.constant(UNIT), tf.math.mul(wide(tf, wholeWidth), inner));
    return tf.math.div(both, tf.constant(2.0));
  }

  /** A weight in units, as it is and as Pillow stores it, to one with a larger rounding error. */
  private static Operand<TFloat32> weight(
      Ops tf, Operand<TFloat64> exact, Operand<TFloat64> stored) {
    Operand<TFloat64> error = tf.math.mul(tf.math.sub(stored, exact), tf.constant(ROUNDING_ERROR));
    return tf.dtypes.cast(
        tf.math.add(tf.math.div(exact, tf.constant(UNIT)), error), TFloat32.class);
  }

  private static Operand<TFloat64> wide(Ops tf, Operand<TFloat32> x) {
    return tf.dtypes.cast(x, TFloat64.class);
  }

  private static Operand<TFloat32> mask(Ops tf, Operand<TBool> condition) {
    return tf.dtypes.cast(condition, TFloat32.class);
  }

  /**
   * How many pixels beside its center the box covers in full, so that three passes have this
   * variance each: Pillow's {@code _gaussian_blur_radius}, after Gwosdek et al. 2011, "Theoretical
   * foundations of Gaussian convolution by extended box filtering".
   */
  private static Operand<TFloat32> wholeExtent(Ops tf, Operand<TFloat32> variance) {
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> width =
        tf.math.sqrt(tf.math.add(tf.math.mul(variance, tf.constant(12f)), one));
    return tf.math.floor(tf.math.div(tf.math.sub(width, one), tf.constant(2f)));
  }

  /** The same for a constant standard deviation. */
  private static int wholeExtent(float sigma) {
    return (int) ((Math.sqrt(12 * sigma * sigma / PASSES + 1) - 1) / 2);
  }

  /** The share of the next pixels that it covers. */
  private static Operand<TFloat32> partOfExtent(
      Ops tf, Operand<TFloat32> variance, Operand<TFloat32> whole) {
    Operand<TFloat32> next = tf.math.add(whole, tf.constant(1f));
    return tf.math.div(
        tf.math.mul(
            tf.math.add(whole, next),
            tf.math.sub(tf.math.mul(whole, next), tf.math.mul(variance, tf.constant(3f)))),
        tf.math.mul(tf.math.sub(variance, tf.math.square(next)), tf.constant(6f)));
  }
}
