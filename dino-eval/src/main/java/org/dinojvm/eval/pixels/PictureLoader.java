package org.dinojvm.eval.pixels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.data.source.PictureDecoder;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Decodes whole pictures by the operation that feeds models, at their own size. */
public final class PictureLoader implements AutoCloseable {

  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<TString> encoded;
  private final Operand<TUint8> decoded;

  /** Prepares to decode. */
  public PictureLoader() {
    Ops tf = Ops.create(graph);
    encoded = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    decoded = PictureDecoder.decode(tf, encoded);
    session = new Session(graph);
  }

  /**
   * Decodes a file.
   *
   * @throws IllegalArgumentException naming it if it is no JPEG, PNG, GIF or BMP
   */
  public RgbPicture load(Path file) {
    try {
      return decode(Files.readAllBytes(file));
    } catch (IOException | TFInvalidArgumentException e) {
      throw new IllegalArgumentException(
          "cannot read the picture %s (%s): repair it, or take it out of the data set"
              .formatted(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  /** Decodes a file's bytes. */
  public RgbPicture decode(byte[] bytes) {
    try (TString input = TString.tensorOfBytes(NdArrays.scalarOfObject(bytes));
        Result result = session.runner().feed(encoded, input).fetch(decoded).run()) {
      TUint8 picture = (TUint8) result.get(0); // [H, W, 3]
      byte[] values = new byte[Math.toIntExact(picture.size())];
      picture.asRawTensor().data().read(values);
      return new RgbPicture(
          Math.toIntExact(picture.shape().get(0)), Math.toIntExact(picture.shape().get(1)), values);
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
