package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.image.DecodeImage;
import org.tensorflow.op.image.ScaleAndTranslate;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Reads single pictures by the evaluation view: decode, resize the shorter side, crop the centre
 * square. Natively, by the same operations that feed a model.
 */
public final class EvalView implements AutoCloseable {

  private final int imageSize;
  private final Graph graph;
  private final Session session;
  private final Placeholder<TString> encoded;
  private final Operand<TFloat32> view;

  /**
   * Prepares a view.
   *
   * @param resizeSize length of the resized shorter side in pixels, at least imageSize
   * @param imageSize side of the centre crop in pixels
   */
  public EvalView(int resizeSize, int imageSize) {
    checkArgument(
        imageSize >= 1 && resizeSize >= imageSize,
        "the centre crop's side %s must be 1 to %s, the resized shorter side",
        imageSize,
        resizeSize);
    this.imageSize = imageSize;
    this.graph = new Graph();
    Ops tf = Ops.create(graph);
    this.encoded = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    this.view = view(tf, encoded, resizeSize, imageSize);
    this.session = new Session(graph);
  }

  /**
   * As torchvision's Resize and CenterCrop: the longer side is rounded down, the corner to even.
   *
   * @return [imageSize, imageSize, 3] RGB in 0…1
   */
  public static Operand<TFloat32> view(
      Ops tf, Operand<TString> encoded, int resizeSize, int imageSize) {
    Operand<TUint8> picture = // (H, W, 3)
        tf.image.decodeImage(
            encoded, TUint8.class, DecodeImage.channels(3L), DecodeImage.expandAnimations(false));
    Operand<TInt32> size = tf.slice(tf.shape(picture), tf.array(0), tf.array(2));
    Operand<TInt32> resized =
        tf.math.floorDiv(
            tf.math.mul(size, tf.constant(resizeSize)), tf.reduceMin(size, tf.constant(0)));
    Operand<TFloat32> margin = toFloat(tf, tf.math.sub(resized, tf.constant(imageSize)));
    Operand<TFloat32> corner = tf.math.rint(tf.math.mul(margin, tf.constant(0.5f)));
    Operand<TFloat32> view =
        tf.image.scaleAndTranslate(
            tf.expandDims(picture, tf.constant(0)),
            tf.array(imageSize, imageSize),
            tf.math.div(toFloat(tf, resized), toFloat(tf, size)),
            tf.math.neg(corner),
            ScaleAndTranslate.kernelType("keyscubic"),
            ScaleAndTranslate.antialias(true));
    Operand<TFloat32> unit =
        tf.math.div(tf.squeeze(view, Squeeze.axis(List.of(0L))), tf.constant(255f));
    return tf.clipByValue(unit, tf.constant(0f), tf.constant(1f));
  }

  private static Operand<TFloat32> toFloat(Ops tf, Operand<TInt32> size) {
    return tf.dtypes.cast(size, TFloat32.class);
  }

  /** Side of the pictures read, in pixels. */
  public int imageSize() {
    return imageSize;
  }

  /**
   * Reads one picture.
   *
   * @return imageSize · imageSize · 3 values, RGB in 0…1, by row, column and channel
   * @throws IllegalArgumentException naming a file that cannot be read
   */
  public float[] read(Path file) {
    byte[] contents = FeatureExtractor.read(file);
    try (TString bytes = TString.tensorOfBytes(NdArrays.scalarOfObject(contents));
        Result result = session.runner().feed(encoded, bytes).fetch(view).run()) {
      float[] pixels = new float[imageSize * imageSize * 3];
      result.get(0).asRawTensor().data().asFloats().read(pixels);
      return pixels;
    } catch (TFInvalidArgumentException e) {
      throw FeatureExtractor.unreadable(file, e);
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
