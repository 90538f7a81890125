package org.dinojvm.data;

import java.util.stream.IntStream;
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
 * <p>A pass cuts the lines into blocks that overlap by the reach of the box, and multiplies all
 * blocks of a crop with one small band matrix.
 */
final class BoxBlur {

  private static final int PASSES = 3;

  /** Pixels of a line that one product makes. */
  private static final int BLOCK = 16;

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
   * See {@link Augmentations#gaussianBlur}.
   *
   * @param crops [3, n, S, S]
   * @param sigma [n, 1, 1]
   */
  static Operand<TFloat32> gaussian(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> sigma, float largestSigma) {
    int reach = wholeExtent(largestSigma) + 1;
    Operand<TFloat32> band = band(tf, sigma, reach);
    Operand<TInt32> swapXy = tf.constant(new int[] {0, 1, 3, 2});
    Operand<TFloat32> alongX = alongY(tf, tf.linalg.transpose(crops, swapXy), band, reach);
    return alongY(tf, tf.linalg.transpose(alongX, swapXy), band, reach);
  }

  /** All passes along the third axis of [3, n, S, S]. */
  private static Operand<TFloat32> alongY(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> band, int reach) {
    int size = (int) crops.shape().get(2);
    int count = (int) crops.shape().get(1);
    int blocks = (size + BLOCK - 1) / BLOCK;
    Operand<TInt32> rows = tf.constant(overlapping(blocks, size, reach));
    Operand<TInt32> inBlocks = tf.constant(new int[] {3, count, blocks, BLOCK + 2 * reach, size});
    Operand<TInt32> joined = tf.constant(new int[] {3, count, blocks * BLOCK, size});
    Operand<TFloat32> result = crops;
    for (int pass = 0; pass < PASSES; pass++) {
      Operand<TFloat32> input = tf.reshape(tf.gather(result, rows, tf.constant(2)), inBlocks);
      Operand<TFloat32> output =
          tf.reshape(tf.train.batchMatMul(band, input, TFloat32.class), joined);
      result = Augmentations.round(tf, output);
    }
    return blocks * BLOCK == size
        ? result
        : tf.slice(result, tf.constant(new int[4]), tf.constant(new int[] {3, count, size, size}));
  }

  /**
   * Which lines each block reads: its own and, on both sides, as many as the box reaches; beyond
   * the ends the outermost go on.
   */
  private static int[] overlapping(int blocks, int size, int reach) {
    return IntStream.range(0, blocks)
        .flatMap(block -> IntStream.range(block * BLOCK - reach, (block + 1) * BLOCK + reach))
        .map(line -> Math.min(Math.max(line, 0), size - 1))
        .toArray();
  }

  /** What turns a block's input into its output, [n, 1, BLOCK, BLOCK + 2 · reach]. */
  private static Operand<TFloat32> band(Ops tf, Operand<TFloat32> sigma, int reach) {
    int input = BLOCK + 2 * reach;
    float[][] diagonals = new float[2 * reach + 1][BLOCK * input];
    for (int tap = 0; tap <= 2 * reach; tap++) {
      for (int row = 0; row < BLOCK; row++) {
        diagonals[tap][row * input + row + tap] = 1;
      }
    }
    Operand<TFloat32> taps =
        tf.reshape(taps(tf, sigma, reach), tf.constant(new int[] {-1, 2 * reach + 1}));
    return tf.reshape(
        tf.linalg.matMul(taps, tf.constant(diagonals)),
        tf.constant(new int[] {-1, 1, BLOCK, input}));
  }

  /** The weights of the pixels at −reach … reach, [n, 1, 2 · reach + 1]. */
  private static Operand<TFloat32> taps(Ops tf, Operand<TFloat32> sigma, int reach) {
    float[] distances = new float[2 * reach + 1];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = Math.abs(i - reach);
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
   * How many pixels beside its centre the box covers in full, so that three passes have this
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
