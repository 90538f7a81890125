package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;
import org.dinojvm.settings.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** torchvision's {@code RandomResizedCrop.get_params}, for all views of a picture at once. */
final class CropBoxes {

  /** Boxes that are tried before the center of the picture is taken. */
  static final int TRIES = 10;

  private CropBoxes() {}

  /**
   * The first tried box that fits into the picture, at a random place.
   *
   * @param size [2] height and width of the picture
   * @param aspectRatio width / height
   * @param areas [V, TRIES] shares of the picture's area
   * @param logRatios [V, TRIES] natural logarithms of aspect ratios
   * @param corners [V, 2] in [0, 1): where between the extremes the top and the left side are
   * @return [V, 4] top, left, height, width
   */
  static Operand<TInt32> boxes(
      Ops tf,
      Operand<TInt32> size,
      Range aspectRatio,
      Operand<TFloat32> areas,
      Operand<TFloat32> logRatios,
      Operand<TFloat32> corners) {
    Operand<TFloat32> picture = tf.dtypes.cast(size, TFloat32.class);
    Operand<TFloat32> tried = tried(tf, picture, areas, logRatios);
    Operand<TBool> fits =
        tf.reduceAll(
            tf.math.logicalAnd(
                tf.math.greater(tried, tf.constant(0f)), tf.math.lessEqual(tried, picture)),
            tf.constant(2));
    Operand<TInt32> first = // 0 if none fits
        tf.math.argMax(tf.dtypes.cast(fits, TInt32.class), tf.constant(1), TInt32.class);
    Operand<TBool> any = tf.expandDims(tf.reduceAny(fits, tf.constant(1)), tf.constant(1));
    Operand<TFloat32> extent =
        tf.select(
            any,
            tf.gather(tried, first, tf.constant(1), Gather.batchDims(1L)),
            fallback(tf, picture, aspectRatio));
    Operand<TFloat32> room = tf.math.sub(picture, extent);
    Operand<TFloat32> corner =
        tf.math.floor(
            tf.select(
                any,
                tf.math.mul(corners, tf.math.add(room, tf.constant(1f))),
                tf.math.mul(room, tf.constant(0.5f))));
    return tf.dtypes.cast(
        tf.concat(ImmutableList.of(corner, extent), tf.constant(1)), TInt32.class);
  }

  /** Height and width of each try, [V, TRIES, 2]: √(area / ratio) and √(area · ratio), rounded. */
  private static Operand<TFloat32> tried(
      Ops tf, Operand<TFloat32> picture, Operand<TFloat32> areas, Operand<TFloat32> logRatios) {
    Operand<TFloat32> area = tf.math.mul(areas, tf.reduceProd(picture, tf.constant(0)));
    Operand<TFloat32> root = tf.math.sqrt(area);
    Operand<TFloat32> rootOfRatio = tf.math.exp(tf.math.mul(logRatios, tf.constant(0.5f)));
    return tf.math.round(
        tf.stack(
            ImmutableList.of(tf.math.div(root, rootOfRatio), tf.math.mul(root, rootOfRatio)),
            Stack.axis(2L)));
  }

  /** The largest box in the picture whose ratio is allowed, [2]. */
  private static Operand<TFloat32> fallback(Ops tf, Operand<TFloat32> picture, Range aspectRatio) {
    Operand<TFloat32> turned = tf.reverse(picture, tf.constant(new int[] {0})); // W, H
    Operand<TFloat32> limit =
        tf.math.mul(
            turned,
            tf.constant(new float[] {1 / (float) aspectRatio.low(), (float) aspectRatio.high()}));
    return tf.math.maximum(
        tf.math.minimum(picture, tf.math.round(limit)), tf.constant(1f)); // pixels, at least
  }
}
