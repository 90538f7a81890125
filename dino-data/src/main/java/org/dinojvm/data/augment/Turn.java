package org.dinojvm.data.augment;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Pillow's {@code Image.rotate(degrees, BILINEAR)}: each pixel of the result is looked up where it
 * came from, between four pixels. Those beyond the edge are the nearest ones of the edge.
 *
 * @param planes [3, S · S]
 * @param side S
 */
record Turn(Ops tf, Operand<TFloat32> planes, int side) {

  static Operand<TFloat32> of(
      Ops tf, Operand<TFloat32> crop, Operand<TFloat32> degrees, float fill) {
    int side = (int) crop.shape().get(2);
    Operand<TFloat32> planes = tf.reshape(crop, tf.constant(new int[] {3, side * side}));
    Operand<TFloat32> turned = new Turn(tf, planes, side).by(degrees, fill);
    Shape shape = crop.shape();
    return tf.ensureShape(tf.reshape(turned, tf.constant(new int[] {3, 1, side, side})), shape);
  }

  /** [3, S · S] */
  private Operand<TFloat32> by(Operand<TFloat32> degrees, float fill) {
    Operand<TFloat32> radians = tf.math.mul(degrees, tf.constant((float) (Math.PI / 180)));
    Operand<TFloat32> cos = tf.math.cos(radians);
    Operand<TFloat32> sin = tf.math.sin(radians);
    Operand<TFloat32> fromMiddleX = tf.constant(fromMiddle(true));
    Operand<TFloat32> fromMiddleY = tf.constant(fromMiddle(false));
    Operand<TFloat32> middle = tf.constant(side / 2f);
    Operand<TFloat32> x =
        tf.math.add(
            tf.math.sub(tf.math.mul(cos, fromMiddleX), tf.math.mul(sin, fromMiddleY)), middle);
    Operand<TFloat32> y =
        tf.math.add(
            tf.math.add(tf.math.mul(sin, fromMiddleX), tf.math.mul(cos, fromMiddleY)), middle);
    Operand<TFloat32> inside = tf.math.mul(within(x), within(y));
    Operand<TFloat32> ground = tf.constant(fill);
    return tf.math.add(ground, tf.math.mul(inside, tf.math.sub(interpolated(x, y), ground)));
  }

  /** Of the middle of each pixel, [S · S]. */
  private float[] fromMiddle(boolean alongX) {
    float[] distances = new float[side * side];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = (alongX ? i % side : i / side) + 0.5f - side / 2f;
    }
    return distances;
  }

  /** 1 for places from 0 to S, else 0. */
  private Operand<TFloat32> within(Operand<TFloat32> place) {
    return tf.dtypes.cast(
        tf.math.logicalAnd(
            tf.math.greaterEqual(place, tf.constant(0f)),
            tf.math.less(place, tf.constant((float) side))),
        TFloat32.class);
  }

  private Operand<TFloat32> interpolated(Operand<TFloat32> x, Operand<TFloat32> y) {
    Operand<TFloat32> half = tf.constant(0.5f);
    Operand<TFloat32> left = tf.math.floor(tf.math.sub(x, half));
    Operand<TFloat32> top = tf.math.floor(tf.math.sub(y, half));
    Operand<TFloat32> right = tf.math.add(left, tf.constant(1f));
    Operand<TFloat32> bottom = tf.math.add(top, tf.constant(1f));
    Operand<TFloat32> shareX = tf.math.sub(tf.math.sub(x, half), left);
    Operand<TFloat32> shareY = tf.math.sub(tf.math.sub(y, half), top);
    Operand<TFloat32> upper = between(pixels(left, top), pixels(right, top), shareX);
    Operand<TFloat32> lower = between(pixels(left, bottom), pixels(right, bottom), shareX);
    return tf.math.floor(between(upper, lower, shareY)); // Pillow cuts the fraction off
  }

  private Operand<TFloat32> between(
      Operand<TFloat32> a, Operand<TFloat32> b, Operand<TFloat32> share) {
    return tf.math.add(a, tf.math.mul(tf.math.sub(b, a), share));
  }

  /** [3, S · S] */
  private Operand<TFloat32> pixels(Operand<TFloat32> x, Operand<TFloat32> y) {
    Operand<TInt32> place =
        tf.dtypes.cast(
            tf.math.add(tf.math.mul(toEdge(y), tf.constant((float) side)), toEdge(x)),
            TInt32.class);
    return tf.gather(planes, place, tf.constant(1));
  }

  private Operand<TFloat32> toEdge(Operand<TFloat32> place) {
    return tf.clipByValue(place, tf.constant(0f), tf.constant(side - 1f));
  }
}
