package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/**
 * Pillow's resize of boxes with antialiasing ({@code precompute_coeffs} and {@code ImagingResample}
 * of its Resample.c): along x, to bytes, along y.
 *
 * <p>Along an axis it is a product with a matrix that has but a few weights in a row: each weight
 * adds a whole line of the picture, all boxes of a picture at once. So the picture's lines along
 * that axis must lie far apart in memory: x comes first for the one, y for the other.
 *
 * @param interpolation the filter
 * @param size side of the results in pixels
 */
record Resampling(Interpolation interpolation, int size) {

  /** The weights of all boxes along one axis. */
  private record Axis(Operand<TInt64> places, Operand<TFloat32> weights) {

    /**
     * The product with a picture's lines.
     *
     * @param lines [lines, length]
     * @return [rows, length]
     */
    Operand<TFloat32> times(Ops tf, Operand<TInt64> rows, Operand<TFloat32> lines) {
      Operand<TInt64> columns =
          tf.slice(
              tf.shape(lines, TInt64.class),
              tf.constant(new int[] {0}),
              tf.constant(new int[] {1}));
      Operand<TInt64> shape = tf.concat(ImmutableList.of(rows, columns), tf.constant(0));
      return tf.sparse.sparseTensorDenseMatMul(places, weights, shape, lines);
    }
  }

  /**
   * Cuts out boxes, resizes each to a square and mirrors some.
   *
   * @param picture [H, W, 3]
   * @param boxes [n, 4] top, left, height, width in pixels, inside the picture
   * @param flips [n, 1] 1 to mirror left and right, else 0
   * @return [n, size, 3, size]: box, y, channel, x; not rounded and beyond 0…255 where the filter
   *     overshoots
   */
  Operand<TFloat32> crops(
      Ops tf, Operand<TUint8> picture, Operand<TInt32> boxes, Operand<TFloat32> flips) {
    int count = (int) boxes.shape().get(0);
    Operand<TInt64> rows = tf.constant(new long[] {(long) count * size});
    Operand<TInt32> height =
        tf.slice(tf.shape(picture), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    Operand<TFloat32> noFlips = tf.zerosLike(flips);
    Operand<TInt32> axis0 = tf.constant(0);
    int[] eachBox = new int[count];
    for (int i = 0; i < count; i++) {
      eachBox[i] = i;
    }
    Operand<TInt32> firstLines =
        tf.math.mul(tf.reshape(tf.constant(eachBox), column(tf)), height); // of a box's copy

    Operand<TFloat32> rowsOfBytes = // [H, W · 3]
        tf.dtypes.cast(
            tf.reshape(
                picture, tf.concat(ImmutableList.of(height, tf.constant(new int[] {-1})), axis0)),
            TFloat32.class);
    Operand<TFloat32> byX = // [W, 3 · H]
        tf.reshape(
            tf.linalg.transpose(rowsOfBytes, tf.constant(new int[] {1, 0})),
            tf.concat(
                ImmutableList.of(tf.constant(new int[] {-1}), tf.math.mul(height, tf.constant(3))),
                axis0));
    Axis x = axis(tf, columnOf(tf, boxes, 1), columnOf(tf, boxes, 3), flips);
    Operand<TFloat32> wide = ImageOps.bytes(tf, x.times(tf, rows, byX)); // [n · size, 3 · H]
    Operand<TInt32> perBox =
        tf.concat(
            ImmutableList.of(tf.constant(new int[] {count, size, 3}), height), tf.constant(0));
    Operand<TFloat32> byY =
        tf.reshape(
            tf.linalg.transpose(
                tf.reshape(wide, perBox), tf.constant(new int[] {0, 3, 2, 1})), // [n, H, 3, size]
            tf.constant(new int[] {-1, 3 * size}));
    Axis y =
        axis(tf, tf.math.add(columnOf(tf, boxes, 0), firstLines), columnOf(tf, boxes, 2), noFlips);
    return tf.reshape(y.times(tf, rows, byY), tf.constant(new int[] {count, size, 3, size}));
  }

  /**
   * The weights along an axis, one row for each pixel of each result.
   *
   * @param starts [n, 1] the line that a box begins with
   * @param extents [n, 1] its number of lines
   * @param flips [n, 1] 1 to go backwards
   */
  private Axis axis(
      Ops tf, Operand<TInt32> starts, Operand<TInt32> extents, Operand<TFloat32> flips) {
    Operand<TFloat32> zero = tf.constant(0f);
    Operand<TFloat32> half = tf.constant(0.5f);
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> extent = tf.dtypes.cast(extents, TFloat32.class);
    Operand<TFloat32> scale = tf.math.div(extent, tf.constant((float) size)); // [n, 1]
    Operand<TFloat32> reduction = tf.math.maximum(scale, one); // below 1 the filter stays as it is
    Operand<TFloat32> support = tf.math.mul(reduction, tf.constant((float) interpolation.radius));
    Operand<TFloat32> centers = tf.math.mul(positions(tf, flips), scale); // [n, size]
    Operand<TFloat32> first =
        tf.math.maximum(tf.math.floor(tf.math.add(tf.math.sub(centers, support), half)), zero);
    Operand<TFloat32> end =
        tf.math.minimum(tf.math.floor(tf.math.add(tf.math.add(centers, support), half)), extent);
    Operand<TFloat32> most = tf.max(tf.math.sub(end, first), tf.constant(new int[] {0, 1}));
    Operand<TFloat32> taps = tf.range(zero, most, one);
    Operand<TFloat32> lines = tf.math.add(last(tf, first), taps); // [n, size, taps]
    Operand<TBool> inside = tf.math.less(lines, last(tf, end));
    Operand<TFloat32> distances =
        tf.math.div(tf.math.add(tf.math.sub(lines, last(tf, centers)), half), last(tf, reduction));
    Operand<TFloat32> weights =
        tf.math.mul(
            interpolation.weights(tf, tf.math.abs(distances)),
            tf.dtypes.cast(inside, TFloat32.class));
    Operand<TFloat32> normalized =
        tf.math.div(weights, tf.reduceSum(weights, tf.constant(2), ReduceSum.keepDims(true)));
    return places(tf, inside, normalized, lines, starts);
  }

  /** Where in units of its own pixels the result's pixels have their centers, [n, size]. */
  private Operand<TFloat32> positions(Ops tf, Operand<TFloat32> flips) {
    float[] forwards = new float[size];
    float[] turn = new float[size];
    for (int i = 0; i < size; i++) {
      forwards[i] = i + 0.5f;
      turn[i] = size - 2 * forwards[i];
    }
    return tf.math.add(tf.math.mul(flips, tf.constant(turn)), tf.constant(forwards));
  }

  /** Those weights that are inside of their box, with the row and the line that each joins. */
  private static Axis places(
      Ops tf,
      Operand<TBool> inside,
      Operand<TFloat32> weights,
      Operand<TFloat32> lines,
      Operand<TInt32> starts) {
    Operand<TInt64> lineNumbers =
        tf.math.add(
            tf.dtypes.cast(lines, TInt64.class),
            tf.dtypes.cast(tf.expandDims(starts, tf.constant(2)), TInt64.class));
    Operand<TInt32> flat = tf.constant(new int[] {-1});
    Operand<TInt64> kept = tf.reshape(tf.where(tf.reshape(inside, flat)), flat);
    Operand<TInt32> shape = tf.shape(inside);
    Operand<TInt64> taps =
        tf.dtypes.cast(
            tf.slice(shape, tf.constant(new int[] {2}), tf.constant(new int[] {1})), TInt64.class);
    Operand<TInt64> rows = tf.math.floorDiv(kept, taps);
    Operand<TInt64> columns = tf.gather(tf.reshape(lineNumbers, flat), kept, tf.constant(0));
    return new Axis(
        tf.stack(ImmutableList.of(rows, columns), org.tensorflow.op.core.Stack.axis(1L)),
        tf.gather(tf.reshape(weights, flat), kept, tf.constant(0)));
  }

  /** [n, m] → [n, m, 1] */
  private static Operand<TFloat32> last(Ops tf, Operand<TFloat32> x) {
    return tf.expandDims(x, tf.constant(2));
  }

  private static Operand<TInt32> column(Ops tf) {
    return tf.constant(new int[] {-1, 1});
  }

  private static Operand<TInt32> columnOf(Ops tf, Operand<TInt32> table, int index) {
    return tf.slice(table, tf.constant(new int[] {0, index}), tf.constant(new int[] {-1, 1}));
  }
}
