package org.dinojvm.eval;

import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.source.ImageFolder.Picture;
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
 * Reads single pictures by the evaluation view: decode, resize the shorter side, crop the center
 * square. Natively, by the same operations that feed a model.
 */
public final class PictureReader implements AutoCloseable {

  private final int imageSize;
  private final Graph graph;
  private final Session session;
  private final Placeholder<TString> encoded;
  private final Operand<TFloat32> pixels;

  /** Prepares to read pictures by a view. */
  public PictureReader(EvalView view) {
    this.imageSize = view.evalCropSize();
    this.graph = new Graph();
    Ops tf = Ops.create(graph);
    this.encoded = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    this.pixels = view.pixels(tf, encoded);
    this.session = new Session(graph);
  }

  /** Side of the pictures read, in pixels. */
  public int imageSize() {
    return imageSize;
  }

  /**
   * Reads one picture.
   *
   * @return imageSize · imageSize · 3 values, RGB in 0…1, by row, column and channel
   * @throws IllegalArgumentException naming a picture that cannot be read
   */
  public float[] read(Picture picture) {
    try {
      return read(FeatureExtractor.read(picture));
    } catch (TFInvalidArgumentException e) {
      throw FeatureExtractor.unreadable(picture, e);
    }
  }

  /**
   * Reads one picture from its bytes.
   *
   * @return as {@link #read(Picture)}
   * @throws TFInvalidArgumentException if they are no JPEG, PNG, GIF or BMP
   */
  public float[] read(byte[] contents) {
    try (TString bytes = TString.tensorOfBytes(NdArrays.scalarOfObject(contents));
        Result result = session.runner().feed(encoded, bytes).fetch(pixels).run()) {
      float[] values = new float[imageSize * imageSize * 3];
      result.get(0).asRawTensor().data().asFloats().read(values);
      return values;
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
