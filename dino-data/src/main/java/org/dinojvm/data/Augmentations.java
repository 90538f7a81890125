package org.dinojvm.data;

import com.google.common.collect.ImmutableList;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.image.ScaleAndTranslate;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * Pillow's and torchvision's image operations as graph functions, equal to them up to rounding.
 *
 * <p>Unless it says otherwise a picture is [3, H, W]: whole numbers 0…255 in floats, as three
 * planes R, G, B. Pillow holds bytes between any two operations, so each of these ends on whole
 * numbers as Pillow's does: colours by cutting off the fraction, resize, hue and blur by rounding.
 * Planes, not interleaved pixels, since element-wise kernels then run on long rows: half the time
 * was seen.
 *
 * <p>Factors are scalars. They may come out of the graph, so nothing here branches on them.
 */
public final class Augmentations {

  /** ITU-R 601-2 luma, the weights of Pillow's {@code convert("L")}; [1, 3]. */
  private static final float[][] LUMA = {{0.299f, 0.587f, 0.114f}};

  private Augmentations() {}

  /**
   * Cuts out a box and resizes it to a square with antialiasing.
   *
   * @param picture [H, W, 3]
   * @param box [4] top, left, height, width in pixels, inside the picture
   * @param size side of the result
   * @return [3, size, size]
   */
  public static Operand<TFloat32> resizedCrop(
      Ops tf, Operand<TUint8> picture, Operand<TInt32> box, int size, Interpolation interpolation) {
    Operand<TInt32> corner = tf.slice(box, tf.constant(new int[] {0}), tf.constant(new int[] {2}));
    Operand<TInt32> extent = tf.slice(box, tf.constant(new int[] {2}), tf.constant(new int[] {2}));
    Operand<TUint8> crop =
        tf.slice(
            picture,
            tf.concat(ImmutableList.of(corner, tf.constant(new int[] {0})), tf.constant(0)),
            tf.concat(ImmutableList.of(extent, tf.constant(new int[] {3})), tf.constant(0)));
    return planes(tf, resize(tf, crop, extent, tf.constant(new int[] {size, size}), interpolation));
  }

  /**
   * Resizes with antialiasing; the result may leave 0…255 a little.
   *
   * @param picture [H, W, 3]
   * @param from [2] H, W
   * @param to [2] new height, new width
   * @return [new height, new width, 3]
   */
  static Operand<TFloat32> resize(
      Ops tf,
      Operand<TUint8> picture,
      Operand<TInt32> from,
      Operand<TInt32> to,
      Interpolation interpolation) {
    Operand<TFloat32> scale =
        tf.math.div(tf.dtypes.cast(to, TFloat32.class), tf.dtypes.cast(from, TFloat32.class));
    Operand<TFloat32> batchOfOne =
        tf.image.scaleAndTranslate(
            tf.expandDims(picture, tf.constant(0)),
            to,
            scale,
            tf.constant(new float[] {0, 0}),
            ScaleAndTranslate.kernelType(interpolation.kernel),
            ScaleAndTranslate.antialias(true));
    return tf.squeeze(batchOfOne, Squeeze.axis(ImmutableList.of(0L)));
  }

  /** Pixels to planes of whole numbers in 0…255: [H, W, 3] → [3, H, W]. */
  static Operand<TFloat32> planes(Ops tf, Operand<TFloat32> pixels) {
    return clip(tf, round(tf, tf.linalg.transpose(pixels, tf.constant(new int[] {2, 0, 1}))));
  }

  /** Mirrors left and right. */
  public static Operand<TFloat32> flip(Ops tf, Operand<TFloat32> picture) {
    return tf.reverse(picture, tf.constant(new int[] {2}));
  }

  /** Blends with black: 0 is black, 1 the picture itself. */
  public static Operand<TFloat32> brightness(
      Ops tf, Operand<TFloat32> picture, Operand<TFloat32> factor) {
    return cut(tf, tf.math.mul(picture, factor));
  }

  /** Blends with the mean of the grey picture. */
  public static Operand<TFloat32> contrast(
      Ops tf, Operand<TFloat32> picture, Operand<TFloat32> factor) {
    Operand<TFloat32> gray = luma(tf, picture);
    return blend(
        tf, round(tf, tf.math.mean(gray, tf.constant(new int[] {0, 1, 2}))), picture, factor);
  }

  /** Blends with the grey picture. */
  public static Operand<TFloat32> saturation(
      Ops tf, Operand<TFloat32> picture, Operand<TFloat32> factor) {
    return blend(tf, luma(tf, picture), picture, factor);
  }

  /**
   * Turns the colour wheel, in HSV of one byte a channel as Pillow has it.
   *
   * @param turns [] −0.5…0.5, 1 being the full circle
   */
  public static Operand<TFloat32> hue(Ops tf, Operand<TFloat32> picture, Operand<TFloat32> turns) {
    return Hsv.of(tf, picture).turn(tf, turns).rgb(tf);
  }

  /** The luma in all three channels. */
  public static Operand<TFloat32> grayscale(Ops tf, Operand<TFloat32> picture) {
    Operand<TFloat32> gray = luma(tf, picture);
    return tf.concat(ImmutableList.of(gray, gray, gray), tf.constant(0));
  }

  /**
   * Pillow's Gaussian blur, which is three box blurs.
   *
   * @param radius [] standard deviation in pixels
   * @param largestRadius what the radius never exceeds
   */
  public static Operand<TFloat32> gaussianBlur(
      Ops tf, Operand<TFloat32> picture, Operand<TFloat32> radius, float largestRadius) {
    return BoxBlur.gaussian(tf, picture, radius, largestRadius);
  }

  /** Inverts all values from 128. */
  public static Operand<TFloat32> solarize(Ops tf, Operand<TFloat32> picture) {
    return tf.math.minimum(picture, tf.math.sub(tf.constant(255f), picture));
  }

  /**
   * (v / 255 − mean) / std by channel, and planes back to pixels.
   *
   * @param picture [3, H, W]
   * @return [H, W, 3]
   */
  public static Operand<TFloat32> normalize(
      Ops tf, Operand<TFloat32> picture, ImmutableList<Float> mean, ImmutableList<Float> std) {
    Operand<TFloat32> normal =
        tf.math.div(tf.math.sub(picture, perChannel(tf, mean, 255)), perChannel(tf, std, 255));
    return tf.linalg.transpose(normal, tf.constant(new int[] {1, 2, 0}));
  }

  /** The grey picture, [1, H, W]. */
  private static Operand<TFloat32> luma(Ops tf, Operand<TFloat32> picture) {
    Operand<TInt32> size = tf.shape(picture);
    Operand<TFloat32> rows = tf.reshape(picture, tf.constant(new int[] {3, -1}));
    Operand<TFloat32> gray = round(tf, tf.linalg.matMul(tf.constant(LUMA), rows));
    Operand<TInt32> one = tf.constant(new int[] {1});
    return tf.reshape(
        gray,
        tf.concat(
            ImmutableList.of(one, tf.slice(size, one, tf.constant(new int[] {2}))),
            tf.constant(0)));
  }

  /** Constants for the three planes, [3, 1, 1]. */
  private static Operand<TFloat32> perChannel(Ops tf, ImmutableList<Float> values, float unit) {
    float[][][] planes = new float[3][1][1];
    for (int channel = 0; channel < 3; channel++) {
      planes[channel][0][0] = values.get(channel) * unit;
    }
    return tf.constant(planes);
  }

  /** degenerate + factor · (picture − degenerate), which is Pillow's {@code ImageEnhance}. */
  private static Operand<TFloat32> blend(
      Ops tf, Operand<TFloat32> degenerate, Operand<TFloat32> picture, Operand<TFloat32> factor) {
    return cut(tf, tf.math.add(degenerate, tf.math.mul(factor, tf.math.sub(picture, degenerate))));
  }

  /** Clips, then cuts off the fraction. */
  private static Operand<TFloat32> cut(Ops tf, Operand<TFloat32> x) {
    return tf.math.floor(clip(tf, x));
  }

  static Operand<TFloat32> round(Ops tf, Operand<TFloat32> x) {
    return tf.math.floor(tf.math.add(x, tf.constant(0.5f)));
  }

  private static Operand<TFloat32> clip(Ops tf, Operand<TFloat32> x) {
    return tf.clipByValue(x, tf.constant(0f), tf.constant(255f));
  }
}
