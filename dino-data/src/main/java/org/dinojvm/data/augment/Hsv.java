package org.dinojvm.data.augment;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Hue, saturation and value, each a byte as in Pillow's mode HSV ({@code rgb2hsv_row} and {@code
 * hsv2rgb} of its Convert.c); [n, H, W] each.
 */
record Hsv(Operand<TFloat32> hue, Operand<TFloat32> saturation, Operand<TFloat32> value) {

  /**
   * Distance on the color wheel, in sixths of a turn, at which a channel is full: it is {@code
   * clip(sign · |hue − center| + offset, 0, 1)} away from full.
   */
  private static final float[][][][] CENTER = {{{{3}}}, {{{2}}}, {{{4}}}};

  private static final float[][][][] SIGN = {{{{-1}}}, {{{1}}}, {{{1}}}};
  private static final float[][][][] OFFSET = {{{{2}}}, {{{-1}}}, {{{-1}}}};

  /**
   * From crops.
   *
   * @param rgb [3, n, H, W], 0…255
   */
  static Hsv of(Ops tf, Operand<TFloat32> rgb) {
    List<? extends Operand<TFloat32>> planes = tf.unstack(rgb, 3L, Unstack.axis(0L)).output();
    Operand<TFloat32> red = planes.get(0);
    Operand<TFloat32> green = planes.get(1);
    Operand<TFloat32> blue = planes.get(2);
    Operand<TFloat32> value = tf.math.maximum(tf.math.maximum(red, green), blue);
    Operand<TFloat32> least = tf.math.minimum(tf.math.minimum(red, green), blue);
    Operand<TFloat32> chroma = tf.math.sub(value, least);
    Operand<TFloat32> saturation = tf.math.div(chroma, tf.math.maximum(value, tf.constant(1f)));
    // Behind a barrier, or XLA would multiply by 1/6, which is not the same right on a border.
    Operand<TFloat32> six = Compiled.barrier(tf, tf.constant(6f));
    Operand<TFloat32> turns = tf.math.div(sixths(tf, red, green, blue, value, chroma), six);
    Operand<TFloat32> hue = tf.math.sub(turns, tf.math.floor(turns));
    return new Hsv(cutToByte(tf, hue), cutToByte(tf, saturation), value);
  }

  /**
   * The place on the color wheel in sixths of a turn, from −1 to 5. Pillow's compiler widens the
   * sum to double, and many colors lie right on the border between two hues; so does this.
   */
  private static Operand<TFloat32> sixths(
      Ops tf,
      Operand<TFloat32> red,
      Operand<TFloat32> green,
      Operand<TFloat32> blue,
      Operand<TFloat32> value,
      Operand<TFloat32> chroma) {
    Operand<TFloat32> divisor = tf.math.maximum(chroma, tf.constant(1f));
    Operand<TFloat32> noRed = tf.math.sub(value, red);
    Operand<TFloat32> noGreen = tf.math.sub(value, green);
    Operand<TFloat32> noBlue = tf.math.sub(value, blue);
    Operand<TBool> redMost = tf.math.equal(value, red);
    Operand<TBool> greenMost = tf.math.equal(value, green);
    Operand<TFloat32> plus =
        tf.math.div(tf.select(redMost, noBlue, tf.select(greenMost, noRed, noGreen)), divisor);
    Operand<TFloat32> minus =
        tf.math.div(tf.select(redMost, noGreen, tf.select(greenMost, noBlue, noRed)), divisor);
    Operand<TFloat32> center =
        tf.select(redMost, tf.constant(0f), tf.select(greenMost, tf.constant(2f), tf.constant(4f)));
    Operand<TFloat64> sum =
        tf.math.sub(
            tf.math.add(
                tf.dtypes.cast(center, TFloat64.class), tf.dtypes.cast(plus, TFloat64.class)),
            tf.dtypes.cast(minus, TFloat64.class));
    return tf.dtypes.cast(sum, TFloat32.class);
  }

  /**
   * ⌊255 x⌋ for x in 0…1, without the rounding of a float product: 256 x and its distance from a
   * whole number are exact, and 255 x is below k where 256 x − k is below x.
   */
  private static Operand<TFloat32> cutToByte(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> rounded = tf.math.floor(tf.math.mul(x, tf.constant(255f)));
    Operand<TFloat32> rest = tf.math.sub(tf.math.mul(x, tf.constant(256f)), rounded);
    return tf.math.sub(rounded, tf.dtypes.cast(tf.math.less(rest, x), TFloat32.class));
  }

  /** Turns the hue; torchvision cuts the shift to a byte, which then overflows. */
  Hsv turn(Ops tf, Operand<TFloat32> turns) {
    Operand<TFloat32> steps = tf.math.mul(turns, tf.constant(255f));
    Operand<TFloat32> whole = tf.math.mul(tf.math.sign(steps), tf.math.floor(tf.math.abs(steps)));
    Operand<TFloat32> turned = tf.math.add(hue, whole);
    Operand<TFloat32> overflows = tf.math.floor(tf.math.mul(turned, tf.constant(1 / 256f)));
    return new Hsv(
        tf.math.sub(turned, tf.math.mul(overflows, tf.constant(256f))), saturation, value);
  }

  /** Back to [3, n, H, W]. */
  Operand<TFloat32> rgb(Ops tf) {
    Operand<TFloat32> sixths = tf.math.mul(hue, tf.constant(6 / 255f));
    Operand<TFloat32> distance =
        tf.math.abs(tf.math.sub(tf.expandDims(sixths, tf.constant(0)), tf.constant(CENTER)));
    Operand<TFloat32> missing =
        tf.clipByValue(
            tf.math.add(tf.math.mul(distance, tf.constant(SIGN)), tf.constant(OFFSET)),
            tf.constant(0f),
            tf.constant(1f));
    Operand<TFloat32> chroma = tf.math.mul(tf.math.mul(value, saturation), tf.constant(1 / 255f));
    return ImageOps.round(tf, tf.math.sub(value, tf.math.mul(chroma, missing)));
  }
}
