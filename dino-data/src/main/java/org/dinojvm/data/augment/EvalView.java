package org.dinojvm.data.augment;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import org.dinojvm.data.source.PictureDecoder;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * The view of a picture that evaluation and serving use. Its operations are all in TensorFlow 2.10,
 * and no size need be known when the graph is built.
 *
 * @param resizeSize length in pixels that the shorter side is resized to, at least imageSize;
 *     without effect for {@link Fit#SQUASH}
 * @param imageSize side of the result in pixels
 * @param fit how a picture that is not square becomes one
 */
public record EvalView(int resizeSize, int imageSize, Fit fit) {

  /** How a picture that is not square becomes one. */
  public enum Fit {
    /** torchvision's {@code Resize(resizeSize)}, {@code CenterCrop(imageSize)}, as published. */
    CROP,
    /** torchvision's {@code Resize((imageSize, imageSize))}: all of the picture, squeezed. */
    SQUASH
  }

  public EvalView {
    checkArgument(
        1 <= imageSize && imageSize <= resizeSize,
        "illegal image size %s: 1 to the resize size, %s",
        imageSize,
        resizeSize);
  }

  /** The published view, without a margin: shorter side to {@code side}, centre square. */
  public static EvalView square(int side) {
    return new EvalView(side, side, Fit.CROP);
  }

  /**
   * Decodes a picture and makes the view of it, bicubic with antialias.
   *
   * @param encoded [] the bytes of a JPEG, PNG, GIF or BMP
   * @return [imageSize, imageSize, 3] RGB in 0…1, not normalised
   */
  public Operand<TFloat32> pixels(Ops tf, Operand<TString> encoded) {
    Operand<TUint8> picture = PictureDecoder.decode(tf, encoded);
    Operand<TInt32> source = PictureDecoder.size(tf, picture);
    Operand<TInt32> target =
        switch (fit) {
          case CROP -> shorterSideTo(tf, source);
          case SQUASH -> tf.constant(new int[] {imageSize, imageSize});
        };
    Operand<TFloat32> resized =
        ImageOps.bytes(
            tf,
            ImageOps.resize(
                tf, tf.expandDims(picture, tf.constant(0)), source, target, Interpolation.BICUBIC));
    Operand<TFloat32> crop =
        tf.slice(resized, corner(tf, target), tf.constant(new int[] {1, imageSize, imageSize, 3}));
    return tf.math.div(
        tf.reshape(crop, tf.constant(new int[] {imageSize, imageSize, 3})), tf.constant(255f));
  }

  /** ⌊resizeSize · side / shorter side⌋ for both sides, [2]. */
  private Operand<TInt32> shorterSideTo(Ops tf, Operand<TInt32> source) {
    Operand<TInt32> shorter = tf.min(source, tf.constant(0));
    return tf.math.floorDiv(tf.math.mul(source, tf.constant(resizeSize)), shorter);
  }

  /** Where the crop begins, [4]; a half goes to the even number, as Python's {@code round} does. */
  private Operand<TInt32> corner(Ops tf, Operand<TInt32> size) {
    Operand<TFloat32> room =
        tf.dtypes.cast(tf.math.sub(size, tf.constant(imageSize)), TFloat32.class);
    Operand<TInt32> topLeft =
        tf.dtypes.cast(tf.math.round(tf.math.mul(room, tf.constant(0.5f))), TInt32.class);
    Operand<TInt32> zero = tf.constant(new int[1]);
    return tf.concat(ImmutableList.of(zero, topLeft, zero), tf.constant(0));
  }
}
