package org.dinojvm.data;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;

/**
 * Hue, saturation and value, each a byte as in Pillow's mode HSV ({@code rgb2hsv_row} and {@code
 * hsv2rgb} of its Convert.c); [H, W] each.
 */
record Hsv(Operand<TFloat32> hue, Operand<TFloat32> saturation, Operand<TFloat32> value) {

  /**
   * Distance on the colour wheel, in sixths of a turn, at which a channel is full: it is {@code
   * clip(sign · |hue − centre| + offset, 0, 1)} away from full.
   */
  private static final float[][][] CENTRE = {{{3}}, {{2}}, {{4}}};

  private static final float[][][] SIGN = {{{-1}}, {{1}}, {{1}}};
  private static final float[][][] OFFSET = {{{2}}, {{-1}}, {{-1}}};

  /**
   * From a picture.
   *
   * @param rgb [3, H, W], 0…255
   */
  static Hsv of(Ops tf, Operand<TFloat32> rgb) {
    List<? extends Operand<TFloat32>> planes = tf.unstack(rgb, 3L, Unstack.axis(0L)).output();
    Operand<TFloat32> red = planes.get(0);
    Operand<TFloat32> green = planes.get(1);
    Operand<TFloat32> blue = planes.get(2);
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> value = tf.math.maximum(tf.math.maximum(red, green), blue);
    Operand<TFloat32> least = tf.math.minimum(tf.math.minimum(red, green), blue);
    Operand<TFloat32> chroma = tf.math.sub(value, least);
    Operand<TFloat32> divisor = tf.math.maximum(chroma, one);
    Operand<TFloat32> fromRed = tf.math.div(tf.math.sub(green, blue), divisor);
    Operand<TFloat32> fromGreen =
        tf.math.add(tf.math.div(tf.math.sub(blue, red), divisor), tf.constant(2f));
    Operand<TFloat32> fromBlue =
        tf.math.add(tf.math.div(tf.math.sub(red, green), divisor), tf.constant(4f));
    Operand<TFloat32> sixths =
        tf.select(
            tf.math.equal(value, red),
            fromRed,
            tf.select(tf.math.equal(value, green), fromGreen, fromBlue));
    Operand<TFloat32> hue = wrap(tf, tf.math.mul(sixths, tf.constant(255 / 6f)), 255);
    Operand<TFloat32> saturation =
        tf.math.div(tf.math.mul(chroma, tf.constant(255f)), tf.math.maximum(value, one));
    return new Hsv(tf.math.floor(hue), tf.math.floor(saturation), value);
  }

  /** Turns the hue; torchvision cuts the shift to a byte, which then overflows. */
  Hsv turn(Ops tf, Operand<TFloat32> turns) {
    Operand<TFloat32> steps = tf.math.mul(turns, tf.constant(255f));
    Operand<TFloat32> whole = tf.math.mul(tf.math.sign(steps), tf.math.floor(tf.math.abs(steps)));
    return new Hsv(wrap(tf, tf.math.add(hue, whole), 256), saturation, value);
  }

  /** Back to [3, H, W]. */
  Operand<TFloat32> rgb(Ops tf) {
    Operand<TFloat32> sixths = tf.math.mul(hue, tf.constant(6 / 255f));
    Operand<TFloat32> distance =
        tf.math.abs(tf.math.sub(tf.expandDims(sixths, tf.constant(0)), tf.constant(CENTRE)));
    Operand<TFloat32> missing =
        tf.clipByValue(
            tf.math.add(tf.math.mul(distance, tf.constant(SIGN)), tf.constant(OFFSET)),
            tf.constant(0f),
            tf.constant(1f));
    Operand<TFloat32> chroma = tf.math.mul(tf.math.mul(value, saturation), tf.constant(1 / 255f));
    return Augmentations.round(tf, tf.math.sub(value, tf.math.mul(chroma, missing)));
  }

  /** x mod period. */
  private static Operand<TFloat32> wrap(Ops tf, Operand<TFloat32> x, float period) {
    Operand<TFloat32> periods = tf.math.floor(tf.math.mul(x, tf.constant(1 / period)));
    return tf.math.sub(x, tf.math.mul(periods, tf.constant(period)));
  }
}
