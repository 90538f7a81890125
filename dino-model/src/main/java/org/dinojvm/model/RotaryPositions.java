package org.dinojvm.model;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * DINOv3's rotary position embedding (published {@code RopePositionEmbedding} with separately
 * normalized coordinates): feature i of a query or key and feature i + d/2 are turned together, by
 * 2π·y/P of the row's place y for the first d/4 features and by that of the column's for the next.
 * Class token and registers have no place and are not turned.
 *
 * <p>Letters in shapes: h × w patches, R tokens before them, T = R + h·w, d features of a head.
 *
 * @param cosines [T, d]
 * @param sines [T, d], with the sign of what they are multiplied with: negative for the first half
 */
record RotaryPositions(Operand<TFloat32> cosines, Operand<TFloat32> sines) {

  /** Of the published configuration: {@code pos_embed_rope_base}. */
  private static final double BASE = 100;

  /**
   * The positions of a grid.
   *
   * @param p level of the periods, which no optimizer changes
   */
  static RotaryPositions of(Ops tf, Params p, PatchGrid grid, int headDim) {
    Operand<TFloat32> angles = angles(tf, p, grid, headDim); // [h·w, d/2]
    Operand<TFloat32> cosine = tf.math.cos(angles);
    Operand<TFloat32> sine = tf.math.sin(angles);
    Operand<TInt32> features = tf.constant(1);
    return new RotaryPositions(
        withPrefix(tf, tf.concat(List.of(cosine, cosine), features), 1f, grid, headDim),
        withPrefix(tf, tf.concat(List.of(tf.math.neg(sine), sine), features), 0f, grid, headDim));
  }

  /**
   * What the patches are turned by, each angle once, in radians: [h·w, d/2].
   *
   * @param p level of the periods
   */
  static Operand<TFloat32> angles(Ops tf, Params p, PatchGrid grid, int headDim) {
    Operand<TFloat32> periods = p.fixed("periods", Shape.of(headDim / 4), periods());
    Operand<TFloat32> rows = axisAngles(tf, grid.height(), periods); // [h, d/4]
    Operand<TFloat32> columns = axisAngles(tf, grid.width(), periods); // [w, d/4]
    Operand<TInt32> shape =
        tf.stack(List.of(grid.height(), grid.width(), tf.constant(headDim / 4)));
    Operand<TFloat32> both = // [h, w, d/2]
        tf.concat(
            List.of(
                tf.broadcastTo(tf.expandDims(rows, tf.constant(1)), shape),
                tf.broadcastTo(tf.expandDims(columns, tf.constant(0)), shape)),
            tf.constant(2));
    return tf.reshape(both, tf.constant(new int[] {-1, headDim / 2}));
  }

  /** 2π·(2(i + ½)/n − 1)/P, each axis by its own length: [n, d/4]. */
  private static Operand<TFloat32> axisAngles(
      Ops tf, Operand<TInt32> length, Operand<TFloat32> periods) {
    Operand<TFloat32> indices =
        tf.dtypes.cast(tf.range(tf.constant(0), length, tf.constant(1)), TFloat32.class);
    Operand<TFloat32> fractions =
        tf.math.div(
            tf.math.add(indices, tf.constant(0.5f)), tf.dtypes.cast(length, TFloat32.class));
    Operand<TFloat32> places =
        tf.math.sub(tf.math.mul(fractions, tf.constant(2f)), tf.constant(1f));
    Operand<TFloat32> turns =
        tf.math.mul(tf.expandDims(places, tf.constant(1)), tf.constant((float) (2 * Math.PI)));
    return tf.math.div(turns, periods);
  }

  /**
   * 100^(2i/(d/2)) for i below d/4, rounded to bfloat16 as in the released files: 1, 1.3359375, …
   * 75 for d = 64.
   */
  static float[] publishedPeriods(int headDim) {
    float[] periods = new float[headDim / 4];
    for (int i = 0; i < periods.length; i++) {
      int bits = Float.floatToRawIntBits((float) Math.pow(BASE, 4.0 * i / headDim));
      int nearestEven = bits + 0x7fff + ((bits >> 16) & 1);
      periods[i] = Float.intBitsToFloat(nearestEven & 0xffff0000);
    }
    return periods;
  }

  private static Initializer periods() {
    return (tf, shape, seed) -> tf.constant(publishedPeriods((int) (4 * shape.get(0))));
  }

  /** Rows of one value for the tokens before the patches: [h·w, d] → [T, d]. */
  private static Operand<TFloat32> withPrefix(
      Ops tf, Operand<TFloat32> patches, float value, PatchGrid grid, int headDim) {
    Operand<TFloat32> prefix =
        tf.fill(tf.constant(new int[] {grid.prefix(), headDim}), tf.constant(value));
    return tf.concat(List.of(prefix, patches), tf.constant(0));
  }

  /** Turns queries or keys: x∘cos + swapped(x)∘sin, [.., T, d] → [.., T, d]. */
  static Operand<TFloat32> turned(
      Ops tf, Operand<TFloat32> x, Operand<TFloat32> cosines, Operand<TFloat32> sines) {
    return tf.math.add(tf.math.mul(x, cosines), tf.math.mul(swappedHalves(tf, x), sines));
  }

  /** Turns gradients back: the transpose of {@link #turned}. */
  static Operand<TFloat32> turnedBack(
      Ops tf, Operand<TFloat32> dy, Operand<TFloat32> cosines, Operand<TFloat32> sines) {
    return tf.math.sub(tf.math.mul(dy, cosines), tf.math.mul(swappedHalves(tf, dy), sines));
  }

  /** The halves of the last axis, exchanged: [B, N, T, d] → [B, N, T, d]. */
  private static Operand<TFloat32> swappedHalves(Ops tf, Operand<TFloat32> x) {
    int axis = x.shape().numDimensions() - 1;
    List<Operand<TFloat32>> halves = List.copyOf(tf.split(tf.constant(axis), x, 2L).output());
    return tf.concat(List.of(halves.get(1), halves.get(0)), tf.constant(axis));
  }
}
