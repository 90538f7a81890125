package org.dinojvm.data;

import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.image.DecodeImage;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Encoded pictures to pixels; and, at scan time, whether that will work. */
final class PictureDecoder implements AutoCloseable {

  private final Graph graph = new Graph();
  private final Session session;
  private final Operand<TString> encoded;
  private final Operand<TInt32> shape;

  PictureDecoder() {
    Ops tf = Ops.create(graph);
    encoded = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    shape = tf.shape(decode(tf, encoded));
    session = new Session(graph);
  }

  /**
   * Decodes a JPEG, PNG, GIF (its first frame) or BMP as Pillow's {@code convert("RGB")} would:
   * grey and palette become RGB, alpha is dropped.
   *
   * @param encoded [] the file's bytes
   * @return [H, W, 3]
   */
  static Operand<TUint8> decode(Ops tf, Operand<TString> encoded) {
    return tf.image.decodeImage(
        encoded, TUint8.class, DecodeImage.channels(3L), DecodeImage.expandAnimations(false));
  }

  /** Height and width of a decoded picture, [2]. */
  static Operand<TInt32> size(Ops tf, Operand<TUint8> picture) {
    return tf.slice(tf.shape(picture), tf.constant(new int[] {0}), tf.constant(new int[] {2}));
  }

  /** Decodes with the operation that training uses. Safe to call from several threads. */
  Optional<String> failure(byte[] bytes) {
    try (TString input = TString.tensorOfBytes(NdArrays.scalarOfObject(bytes))) {
      session.runner().feed(encoded, input).fetch(shape).run().close();
      return Optional.empty();
    } catch (IllegalArgumentException
        | UnsupportedOperationException
        | TensorFlowException e) { // TensorFlow's errors have no other type in common
      return Optional.of(firstLine(e.getMessage()));
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("cannot be decoded");
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
