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
 * interpolate_pos_encoding} does, in one of two ways:
 *
 * <ul>
 *   <li>bicubic with a = −0.75, half-pixel centers, clamped borders, no antialias, and the scale (h
 *       + 0.1)/√N that it passes to torch, not the true one;
 *   <li>with antialias: Pillow's bicubic, a = −0.5, widened when shrinking, its weights divided by
 *       their sum, by the true scale (DINOv2 with registers).
 * </ul>
 *
 * <p>TensorFlow's own ResizeBicubic has other coefficients; here each axis is one [out, in] matrix,
 * computed in the graph, so the size may be known only at run time.
 *
 * <p>Letters in shapes: g × g the grid trained for, h × w the picture's, D features.
 */
final class PositionEmbedding {

  /** Of the cubic without antialias. */
  private static final float A = -0.75f;

  /** Of the cubic with antialias. */
  private static final float ANTIALIAS_A = -0.5f;

  /** Added to the grid size by the published code "to avoid floating point error". */
  private static final float SIZE_OFFSET = 0.1f;

  private PositionEmbedding() {}

  /**
   * Resizes the patch part of a position embedding.
   *
   * @param grid [g², D]
   * @param height h, scalar
   * @param width w, scalar
   * @param antialias which of the two ways
   * @return [h·w, D]; {@code grid} itself, bit for bit, when h = w = g
   */
  static Operand<TFloat32> resize(
      Ops tf,
      Operand<TFloat32> grid,
      int g,
      int dim,
      Operand<TInt32> height,
      Operand<TInt32> width,
      boolean antialias) {
    Operand<TFloat32> rows = axisMatrix(tf, g, height, width, antialias);
    Operand<TFloat32> columns = axisMatrix(tf, g, width, height, antialias);
    Operand<TFloat32> plane = tf.reshape(grid, tf.constant(new int[] {g, g, dim}));
    Operand<TFloat32> tall = tf.linalg.einsum(List.of(rows, plane), "hg,gkd->hkd");
    Operand<TFloat32> resized = tf.linalg.einsum(List.of(columns, tall), "wk,hkd->hwd");
    return tf.reshape(resized, tf.constant(new int[] {-1, dim}));
  }

  /** The [out, g] interpolation matrix of one axis; the identity where no interpolation is due. */
  private static Operand<TFloat32> axisMatrix(
      Ops tf, int g, Operand<TInt32> out, Operand<TInt32> other, boolean antialias) {
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
        antialias ? antialiasMatrix(tf, g, out) : bicubicMatrix(tf, g, out));
  }

  /**
   * Row i has its center at c = s(i + ½), with s = g/out and S = max(s, 1), and weights k((j − c +
   * ½)/S) for those j from ⌊c − 2S + ½⌋ to below ⌊c + 2S + ½⌋ that there are: [out, g].
   */
  private static Operand<TFloat32> antialiasMatrix(Ops tf, int g, Operand<TInt32> out) {
    Operand<TFloat32> half = tf.constant(0.5f);
    Operand<TFloat32> scale =
        tf.math.div(tf.constant((float) g), tf.dtypes.cast(out, TFloat32.class));
    Operand<TFloat32> support = tf.math.maximum(scale, tf.constant(1f)); // S
    Operand<TFloat32> indices =
        tf.dtypes.cast(tf.range(tf.constant(0), out, tf.constant(1)), TFloat32.class);
    Operand<TFloat32> centers = // [out, 1]
        tf.expandDims(tf.math.mul(tf.math.add(indices, half), scale), tf.constant(1));
    Operand<TFloat32> reach = tf.math.mul(support, tf.constant(2f));
    Operand<TFloat32> first =
        tf.math.floor(tf.math.add(tf.math.sub(centers, reach), half)); // [out, 1]
    Operand<TFloat32> end = tf.math.floor(tf.math.add(tf.math.add(centers, reach), half));
    Operand<TFloat32> taps = tf.range(tf.constant(0f), tf.constant((float) g), tf.constant(1f));
    Operand<TFloat32> distances = // [out, g]
        tf.math.div(tf.math.abs(tf.math.add(tf.math.sub(taps, centers), half)), support);
    Operand<TFloat32> cubic =
        tf.select(
            tf.math.less(distances, tf.constant(1f)),
            inner(tf, distances, ANTIALIAS_A),
            tf.select(
                tf.math.less(distances, tf.constant(2f)),
                outer(tf, distances, ANTIALIAS_A),
                tf.zerosLike(distances)));
    Operand<TFloat32> weights =
        tf.select(
            tf.math.logicalAnd(tf.math.greaterEqual(taps, first), tf.math.less(taps, end)),
            cubic,
            tf.zerosLike(cubic));
    return tf.math.div(weights, tf.reduceSum(weights, tf.constant(1), ReduceSum.keepDims(true)));
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
                outer(tf, tf.math.add(fraction, one), A),
                inner(tf, fraction, A),
                inner(tf, tf.math.sub(one, fraction), A),
                outer(tf, tf.math.sub(tf.constant(2f), fraction), A)),
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
  private static Operand<TFloat32> inner(Ops tf, Operand<TFloat32> x, float a) {
    Operand<TFloat32> slope = tf.math.sub(tf.math.mul(x, tf.constant(a + 2)), tf.constant(a + 3));
    return tf.math.add(tf.math.mul(tf.math.mul(slope, x), x), tf.constant(1f));
  }

  /** The cubic for distances 1…2: ((a·x − 5a)x + 8a)x − 4a. */
  private static Operand<TFloat32> outer(Ops tf, Operand<TFloat32> x, float a) {
    Operand<TFloat32> value = tf.math.sub(tf.math.mul(x, tf.constant(a)), tf.constant(5 * a));
    value = tf.math.add(tf.math.mul(value, x), tf.constant(8 * a));
    return tf.math.sub(tf.math.mul(value, x), tf.constant(4 * a));
  }
}
