package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.file.Path;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

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

  // TODO(h1): dino-data's Augmentations.evalView
  private static Operand<TFloat32> view(
      Ops tf, Operand<TString> encoded, int resizeSize, int imageSize) {
    Operand<org.tensorflow.types.TUint8> decoded =
        tf.image.decodeImage(
            encoded,
            org.tensorflow.types.TUint8.class,
            org.tensorflow.op.image.DecodeImage.channels(3L),
            org.tensorflow.op.image.DecodeImage.expandAnimations(false));
    Operand<TFloat32> image = tf.dtypes.cast(decoded, TFloat32.class);
    Operand<TFloat32> size =
        tf.dtypes.cast(tf.slice(tf.shape(image), tf.array(0), tf.array(2)), TFloat32.class);
    Operand<TFloat32> scale =
        tf.math.div(tf.constant((float) resizeSize), tf.reduceMin(size, tf.constant(0)));
    Operand<TFloat32> resized = tf.math.floor(tf.math.mul(size, scale));
    Operand<TFloat32> offset =
        tf.math.neg(
            tf.math.rint(
                tf.math.div(
                    tf.math.sub(resized, tf.constant((float) imageSize)), tf.constant(2f))));
    Operand<TFloat32> view =
        tf.image.scaleAndTranslate(
            tf.expandDims(image, tf.constant(0)),
            tf.array(imageSize, imageSize),
            tf.math.div(resized, size),
            offset,
            org.tensorflow.op.image.ScaleAndTranslate.kernelType("keyscubic"),
            org.tensorflow.op.image.ScaleAndTranslate.antialias(true));
    return tf.math.div(
        tf.clipByValue(tf.squeeze(view), tf.constant(0f), tf.constant(255f)), tf.constant(255f));
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
