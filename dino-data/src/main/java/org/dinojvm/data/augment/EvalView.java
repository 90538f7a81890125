package org.dinojvm.data.augment;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import org.dinojvm.data.source.PictureDecoder;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * The view of a picture that evaluation and serving use. Its operations are all in TensorFlow 2.10,
 * and no size need be known when the graph is built.
 */
public record EvalView(
    @Setting(
            value = "256",
            unit = "pixels",
            doc = "Evaluation view: length that the shorter side is resized to.",
            source = "eval_knn.py")
        int evalResizeSize,
    @Setting(
            value = "224",
            unit = "pixels",
            doc = "Evaluation view: side of the center crop.",
            source = "eval_knn.py")
        int evalCropSize,
    @Setting(
            value = "crop",
            doc =
                "How the evaluation view makes a picture square: crop its center, as published, or squash it, so that nothing of it is lost.",
            source = "dino-jvm")
        Fit evalFit,
    @Setting(
            value = "bicubic",
            doc = "How the evaluation view resizes: as DINO and DINOv2 do, or bilinear as DINOv3.",
            source = "eval_knn.py; dinov3, make_transform")
        Interpolation evalInterpolation) {

  /** How a picture that is not square becomes one. */
  public enum Fit {
    /** torchvision's {@code Resize(resizeSize)}, {@code CenterCrop(imageSize)}, as published. */
    CROP,
    /** torchvision's {@code Resize((imageSize, imageSize))}: all of the picture, squeezed. */
    SQUASH
  }

  /** A view that is resized as published for DINO. */
  public EvalView(int evalResizeSize, int evalCropSize, Fit evalFit) {
    this(evalResizeSize, evalCropSize, evalFit, Interpolation.BICUBIC);
  }

  /** Checks that the crop fits. */
  public EvalView {
    atLeast("eval_crop_size", evalCropSize, 1);
    require(
        evalResizeSize >= evalCropSize,
        "eval_resize_size",
        evalResizeSize,
        "must be at least eval_crop_size = " + evalCropSize);
  }

  /** The published view, without a margin: shorter side to {@code side}, center square. */
  public static EvalView square(int side) {
    return new EvalView(side, side, Fit.CROP);
  }

  /**
   * Decodes a picture and makes the view of it, with antialias.
   *
   * @param encoded [] the bytes of a JPEG, PNG, GIF or BMP
   * @return [evalCropSize, evalCropSize, 3] RGB in 0…1, not normalized
   */
  public Operand<TFloat32> pixels(Ops tf, Operand<TString> encoded) {
    Operand<TUint8> picture = PictureDecoder.decode(tf, encoded);
    Operand<TInt32> source = PictureDecoder.size(tf, picture);
    Operand<TInt32> target =
        switch (evalFit) {
          case CROP -> shorterSideTo(tf, source);
          case SQUASH -> tf.constant(new int[] {evalCropSize, evalCropSize});
        };
    Operand<TFloat32> resized =
        ImageOps.bytes(
            tf,
            ImageOps.resize(
                tf, tf.expandDims(picture, tf.constant(0)), source, target, evalInterpolation));
    Operand<TFloat32> crop =
        tf.slice(
            resized, corner(tf, target), tf.constant(new int[] {1, evalCropSize, evalCropSize, 3}));
    return tf.math.div(
        tf.reshape(crop, tf.constant(new int[] {evalCropSize, evalCropSize, 3})),
        tf.constant(255f));
  }

  /** ⌊evalResizeSize · side / shorter side⌋ for both sides, [2]. */
  private Operand<TInt32> shorterSideTo(Ops tf, Operand<TInt32> source) {
    Operand<TInt32> shorter = tf.min(source, tf.constant(0));
    return tf.math.floorDiv(tf.math.mul(source, tf.constant(evalResizeSize)), shorter);
  }

  /** Where the crop begins, [4]; a half goes to the even number, as Python's {@code round} does. */
  private Operand<TInt32> corner(Ops tf, Operand<TInt32> size) {
    Operand<TFloat32> room =
        tf.dtypes.cast(tf.math.sub(size, tf.constant(evalCropSize)), TFloat32.class);
    Operand<TInt32> topLeft =
        tf.dtypes.cast(tf.math.round(tf.math.mul(room, tf.constant(0.5f))), TInt32.class);
    Operand<TInt32> zero = tf.constant(new int[1]);
    return tf.concat(ImmutableList.of(zero, topLeft, zero), tf.constant(0));
  }
}
