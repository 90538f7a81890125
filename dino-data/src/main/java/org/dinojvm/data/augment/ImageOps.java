package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.dinojvm.settings.Rgb;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.image.ScaleAndTranslate;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxArgs;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;

/**
 * Pillow's and torchvision's image operations as graph functions, equal to them up to rounding.
 *
 * <p>Letters in shapes: n crops of H × W pixels. Unless it says otherwise crops are [3, n, H, W]:
 * whole numbers 0…255 in floats, all red planes, then all green, then all blue ones. Planes, not
 * interleaved pixels, since element-wise kernels then run on long rows: half the time was seen. A
 * factor is [n, 1, 1], one for each crop.
 *
 * <p>All may be used in a {@link Compiled} function, where they are fastest; the hue and the blur
 * only there.
 *
 * <p>Pillow holds bytes between any two operations, so each of these ends on whole numbers as
 * Pillow's does: blends by cutting off the fraction, the others by rounding.
 */
public final class ImageOps {

  /** ITU-R 601-2 luma in Pillow's {@code convert("L")}: whole numbers of this part of 1. */
  private static final float LUMA_UNIT = 1 << 16;

  private static final float LUMA_RED = 19595;
  private static final float LUMA_GREEN = 38470;
  private static final float LUMA_BLUE = 7471;

  private ImageOps() {}

  /**
   * Cuts out boxes and resizes each to a square, with antialiasing.
   *
   * @param picture [H, W, 3]
   * @param boxes [n, 4] top, left, height, width in pixels, inside the picture
   * @param size side of a crop
   * @return [3, n, size, size]
   */
  public static Operand<TFloat32> resizedCrops(
      Ops tf,
      Operand<TUint8> picture,
      Operand<TInt32> boxes,
      int size,
      Interpolation interpolation) {
    int count = (int) boxes.shape().get(0);
    Operand<TFloat32> resized =
        new Resampling(interpolation, size)
            .crops(tf, picture, boxes, tf.constant(new float[count][1]));
    return bytes(tf, tf.linalg.transpose(resized, tf.constant(new int[] {2, 0, 1, 3})));
  }

  /**
   * Resizes with antialiasing: first along x, then along y, with bytes between as in Pillow. That
   * matters where bicubic overshoots; bilinear does not, so there one pass does for both.
   *
   * @param picture [1, H, W, 3]
   * @param source [2] H, W
   * @param target [2] new height and width
   * @return [1, new height, new width, 3], not rounded and beyond 0…255 where it overshoots
   */
  static Operand<TFloat32> resize(
      Ops tf,
      Operand<TUint8> picture,
      Operand<TInt32> source,
      Operand<TInt32> target,
      Interpolation interpolation) {
    if (interpolation == Interpolation.BILINEAR) {
      return resizeAtOnce(tf, picture, source, target, interpolation);
    }
    Operand<TInt32> wide =
        tf.concat(ImmutableList.of(first(tf, source), last(tf, target)), tf.constant(0));
    Operand<TFloat32> alongX = resizeAtOnce(tf, picture, source, wide, interpolation);
    return resizeAtOnce(tf, bytes(tf, alongX), wide, target, interpolation);
  }

  private static Operand<TFloat32> resizeAtOnce(
      Ops tf,
      Operand<? extends TNumber> picture,
      Operand<TInt32> source,
      Operand<TInt32> target,
      Interpolation interpolation) {
    Operand<TFloat32> scale =
        tf.math.div(tf.dtypes.cast(target, TFloat32.class), tf.dtypes.cast(source, TFloat32.class));
    return tf.image.scaleAndTranslate(
        picture,
        target,
        scale,
        tf.constant(new float[] {0, 0}),
        ScaleAndTranslate.kernelType(interpolation.kernel),
        ScaleAndTranslate.antialias(true));
  }

  /** Pixels to planes: [n, H, W, 3] → [3, n, H, W]. */
  public static Operand<TFloat32> planes(Ops tf, Operand<TUint8> pixels) {
    return tf.dtypes.cast(
        tf.linalg.transpose(pixels, tf.constant(new int[] {3, 0, 1, 2})), TFloat32.class);
  }

  /** Mirrors left and right. */
  public static Operand<TFloat32> flip(Ops tf, Operand<TFloat32> crops) {
    return tf.reverse(crops, tf.constant(new int[] {3}));
  }

  /** Blends with black: 0 is black, 1 the crop itself. */
  public static Operand<TFloat32> brightness(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> factor) {
    return cut(tf, tf.math.mul(crops, factor));
  }

  /** Blends with the mean of the gray crop. */
  public static Operand<TFloat32> contrast(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> factor) {
    return blend(tf, meanLuma(tf, luma(tf, crops)), crops, factor);
  }

  /** Blends with the gray crop. */
  public static Operand<TFloat32> saturation(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> factor) {
    return blend(tf, luma(tf, crops), crops, factor);
  }

  /**
   * Turns the color wheel, in HSV of one byte a channel as Pillow has it.
   *
   * @param turns [n, 1, 1] −0.5…0.5, 1 being the full circle
   */
  public static Operand<TFloat32> hue(Ops tf, Operand<TFloat32> crops, Operand<TFloat32> turns) {
    return Hsv.of(tf, crops).turn(tf, turns).rgb(tf);
  }

  /** The luma in all three channels. */
  public static Operand<TFloat32> grayscale(Ops tf, Operand<TFloat32> crops) {
    Operand<TFloat32> gray = luma(tf, crops);
    return tf.concat(ImmutableList.of(gray, gray, gray), tf.constant(0));
  }

  /**
   * Pillow's Gaussian blur, which is three box blurs. Crops must be square.
   *
   * @param radius [n, 1, 1] standard deviation in pixels; 0 leaves a crop as it is
   * @param largestRadius what the radius never exceeds
   */
  public static Operand<TFloat32> gaussianBlur(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> radius, float largestRadius) {
    return BoxBlur.gaussian(tf, crops, radius, largestRadius);
  }

  /** Inverts all values from 128. */
  public static Operand<TFloat32> solarize(Ops tf, Operand<TFloat32> crops) {
    return tf.math.minimum(crops, tf.math.sub(tf.constant(255f), crops));
  }

  /**
   * Changes the contrast about mid-gray and the brightness of each channel by itself.
   *
   * @param factors [3, 1, 1, 1] of contrast
   * @param shifts [3, 1, 1, 1] of brightness, in 0…255
   */
  public static Operand<TFloat32> recolor(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> factors, Operand<TFloat32> shifts) {
    Operand<TFloat32> middle = tf.constant(128f);
    return bytes(
        tf,
        tf.math.add(middle, tf.math.add(tf.math.mul(tf.math.sub(crops, middle), factors), shifts)));
  }

  /**
   * Turns a crop about its middle: Pillow's {@code rotate} with bilinear interpolation.
   *
   * @param crop [3, 1, S, S]
   * @param degrees [] counter-clockwise
   * @param fill the gray of what lies outside, 0…255
   */
  public static Operand<TFloat32> rotate(
      Ops tf, Operand<TFloat32> crop, Operand<TFloat32> degrees, float fill) {
    return Turn.of(tf, crop, degrees, fill);
  }

  /** (v / 255 − mean) / std, by channel. */
  public static Operand<TFloat32> normalize(
      Ops tf, Operand<TFloat32> crops, Normalization normalization) {
    return tf.math.div(
        tf.math.sub(crops, perChannel(tf, normalization.mean())),
        perChannel(tf, normalization.std()));
  }

  /** The gray crops, [1, n, H, W]. */
  static Operand<TFloat32> luma(Ops tf, Operand<TFloat32> crops) {
    List<? extends Operand<TFloat32>> planes = tf.unstack(crops, 3L).output();
    Operand<TFloat32> units =
        tf.math.add(
            tf.math.add(
                tf.math.mul(planes.get(0), tf.constant(LUMA_RED)),
                tf.math.mul(planes.get(1), tf.constant(LUMA_GREEN))),
            tf.math.add(
                tf.math.mul(planes.get(2), tf.constant(LUMA_BLUE)), tf.constant(LUMA_UNIT / 2)));
    return tf.expandDims(
        tf.math.floor(tf.math.mul(units, tf.constant(1 / LUMA_UNIT))), tf.constant(0));
  }

  /** The mean of each gray crop, a whole number; [1, n, 1, 1]. */
  static Operand<TFloat32> meanLuma(Ops tf, Operand<TFloat32> luma) {
    return round(tf, tf.math.mean(luma, tf.constant(new int[] {0, 2, 3}), Mean.keepDims(true)));
  }

  /** degenerate + factor · (crop − degenerate), which is Pillow's {@code ImageEnhance}. */
  static Operand<TFloat32> blend(
      Ops tf, Operand<TFloat32> degenerate, Operand<TFloat32> crops, Operand<TFloat32> factor) {
    return cut(tf, tf.math.add(degenerate, tf.math.mul(factor, tf.math.sub(crops, degenerate))));
  }

  /** To the nearest whole number. */
  static Operand<TFloat32> round(Ops tf, Operand<TFloat32> x) {
    return tf.math.rint(x);
  }

  /** Clips, then cuts off the fraction. */
  private static Operand<TFloat32> cut(Ops tf, Operand<TFloat32> x) {
    return tf.math.floor(tf.clipByValue(x, tf.constant(0f), tf.constant(255f)));
  }

  /** Constants for the three channels in bytes, [3, 1, 1, 1]. */
  private static Operand<TFloat32> perChannel(Ops tf, Rgb values) {
    float[][][][] planes = new float[3][1][1][1];
    for (int channel = 0; channel < 3; channel++) {
      planes[channel][0][0][0] = values.toArray()[channel] * 255;
    }
    return tf.constant(planes);
  }

  /** Clips and rounds, a half up as Pillow does. */
  static Operand<TFloat32> bytes(Ops tf, Operand<TFloat32> x) {
    return tf.quantization.fakeQuantWithMinMaxArgs(
        x, FakeQuantWithMinMaxArgs.min(0f), FakeQuantWithMinMaxArgs.max(255f));
  }

  /** [2] → [1] */
  private static Operand<TInt32> first(Ops tf, Operand<TInt32> pair) {
    return tf.slice(pair, tf.constant(new int[] {0}), tf.constant(new int[] {1}));
  }

  /** [2] → [1] */
  private static Operand<TInt32> last(Ops tf, Operand<TInt32> pair) {
    return tf.slice(pair, tf.constant(new int[] {1}), tf.constant(new int[] {1}));
  }
}
