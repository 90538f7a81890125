package org.dinojvm.model;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.OneHot;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Learned position embeddings, resized to the grid of the picture at hand as the published {@code
 * interpolate_pos_encoding} does: bicubic with a = −0.75, half-pixel centers, clamped borders, no
 * antialias, and the scale (h + 0.1)/√N that it passes to torch, not the true one. TensorFlow's own
 * ResizeBicubic has other coefficients; here each axis is one [out, in] matrix, computed in the
 * graph, so the size may be known only at run time.
 *
 * <p>Letters in shapes: g × g the grid trained for, h × w the picture's, D features.
 */
final class PositionEmbedding {

  private static final float A = -0.75f;

  /** Added to the grid size by the published code "to avoid floating point error". */
  private static final float SIZE_OFFSET = 0.1f;

  private PositionEmbedding() {}

  /**
   * Resizes the patch part of a position embedding.
   *
   * @param grid [g², D]
   * @param height h, scalar
   * @param width w, scalar
   * @return [h·w, D]; {@code grid} itself, bit for bit, when h = w = g
   */
  static Operand<TFloat32> resize(
      Ops tf,
      Operand<TFloat32> grid,
      int g,
      int dim,
      Operand<TInt32> height,
      Operand<TInt32> width) {
    Operand<TFloat32> rows = axisMatrix(tf, g, height, width);
    Operand<TFloat32> columns = axisMatrix(tf, g, width, height);
    Operand<TFloat32> plane = tf.reshape(grid, tf.constant(new int[] {g, g, dim}));
    Operand<TFloat32> tall = tf.linalg.einsum(List.of(rows, plane), "hg,gkd->hkd");
    Operand<TFloat32> resized = tf.linalg.einsum(List.of(columns, tall), "wk,hkd->hwd");
    return tf.reshape(resized, tf.constant(new int[] {-1, dim}));
  }

  /** The [out, g] interpolation matrix of one axis; the identity where no interpolation is due. */
  private static Operand<TFloat32> axisMatrix(
      Ops tf, int g, Operand<TInt32> out, Operand<TInt32> other) {
    Operand<TFloat32> identity =
        tf.oneHot(
            tf.range(tf.constant(0), out, tf.constant(1)),
            tf.constant(g),
            tf.constant(1f),
            tf.constant(0f));
    return tf.select(
        tf.math.logicalAnd(
            tf.math.equal(out, tf.constant(g)), tf.math.equal(other, tf.constant(g))),
        identity,
        bicubicMatrix(tf, g, out));
  }

  private static Operand<TFloat32> bicubicMatrix(Ops tf, int g, Operand<TInt32> out) {
    Operand<TFloat32> scale =
        tf.math.div(
            tf.constant((float) g),
            tf.math.add(tf.dtypes.cast(out, TFloat32.class), tf.constant(SIZE_OFFSET)));
    Operand<TFloat32> destination =
        tf.dtypes.cast(tf.range(tf.constant(0), out, tf.constant(1)), TFloat32.class);
    Operand<TFloat32> half = tf.constant(0.5f);
    Operand<TFloat32> source =
        tf.math.sub(tf.math.mul(tf.math.add(destination, half), scale), half);
    Operand<TFloat32> floor = tf.math.floor(source);
    Operand<TFloat32> fraction = tf.math.sub(source, floor);
    Operand<TInt32> first = tf.dtypes.cast(floor, TInt32.class);
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> weights = // [out, 4]
        tf.stack(
            List.of(
                outer(tf, tf.math.add(fraction, one)),
                inner(tf, fraction),
                inner(tf, tf.math.sub(one, fraction)),
                outer(tf, tf.math.sub(tf.constant(2f), fraction))),
            org.tensorflow.op.core.Stack.axis(1L));
    Operand<TInt32> taps = // [out, 4]
        tf.math.add(tf.expandDims(first, tf.constant(1)), tf.constant(new int[] {-1, 0, 1, 2}));
    Operand<TInt32> clamped =
        tf.math.maximum(tf.math.minimum(taps, tf.constant(g - 1)), tf.constant(0));
    Operand<TFloat32> spread = // [out, 4, g]
        tf.oneHot(clamped, tf.constant(g), one, tf.constant(0f), OneHot.axis(-1L));
    return tf.reduceSum(
        tf.math.mul(spread, tf.expandDims(weights, tf.constant(2))),
        tf.constant(1),
        ReduceSum.keepDims(false));
  }

  /** The cubic for distances 0…1: ((a+2)x − (a+3))x² + 1. */
  private static Operand<TFloat32> inner(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> slope = tf.math.sub(tf.math.mul(x, tf.constant(A + 2)), tf.constant(A + 3));
    return tf.math.add(tf.math.mul(tf.math.mul(slope, x), x), tf.constant(1f));
  }

  /** The cubic for distances 1…2: ((a·x − 5a)x + 8a)x − 4a. */
  private static Operand<TFloat32> outer(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> value = tf.math.sub(tf.math.mul(x, tf.constant(A)), tf.constant(5 * A));
    value = tf.math.add(tf.math.mul(value, x), tf.constant(8 * A));
    return tf.math.sub(tf.math.mul(value, x), tf.constant(4 * A));
  }
}
