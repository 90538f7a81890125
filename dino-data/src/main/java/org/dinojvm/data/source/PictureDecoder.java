package org.dinojvm.data.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.image.DecodeImage;
import org.tensorflow.op.image.DecodeJpeg;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Encoded pictures to pixels; and, at scan time, whether that will work. */
public final class PictureDecoder implements AutoCloseable {

  /** How every JPEG begins. */
  private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8};

  /** libjpeg makes 8, 4, 2 or 1 of a block's 8 pixels a side. */
  public static final int MOST_HALVINGS = 3;

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
   * gray, palette and CMYK become RGB, alpha is dropped. A JPEG goes through libjpeg's exact
   * transform, as in Pillow; the fast one, which is all that decodeImage has, makes pictures darker
   * by 0.8 of 255 on average. Of 16 bits a channel the upper 8 stay; Pillow does the same with
   * colors, and makes almost all of a gray picture white.
   *
   * @param encoded [] the file's bytes
   * @return [H, W, 3]
   */
  public static Operand<TUint8> decode(Ops tf, Operand<TString> encoded) {
    try (ConcreteFunction jpeg = jpegDecoder("decode_jpeg", 1);
        ConcreteFunction other = decoder("decode_other", PictureDecoder::decodeOther)) {
      return picture(
          tf.statelessIf(isJpeg(tf, encoded), List.of(encoded), List.of(TUint8.class), jpeg, other)
              .output());
    }
  }

  /**
   * Decodes a picture as {@link #decode(Ops, Operand)}, but a JPEG at a part of its sides, as after
   * Pillow's {@code Image.draft}: libjpeg's transform makes fewer pixels of each block.
   *
   * @param encoded [] the file's bytes
   * @param halvings [] how often a JPEG's sides are halved, 0…{@value #MOST_HALVINGS}; other
   *     formats are decoded in full
   * @return [H, W, 3], a JPEG's sides rounded up
   */
  public static Operand<TUint8> decode(Ops tf, Operand<TString> encoded, Operand<TInt32> halvings) {
    Operand<TInt32> branch =
        tf.select(isJpeg(tf, encoded), tf.math.add(halvings, tf.constant(1)), tf.constant(0));
    List<ConcreteFunction> decoders = new ArrayList<>();
    try {
      decoders.add(decoder("decode_other", PictureDecoder::decodeOther));
      for (int each = 0; each <= MOST_HALVINGS; each++) {
        decoders.add(jpegDecoder("decode_jpeg_halved_" + each, 1L << each));
      }
      return picture(
          tf.statelessCase(branch, List.of(encoded), List.of(TUint8.class), decoders).output());
    } finally {
      decoders.forEach(ConcreteFunction::close);
    }
  }

  /**
   * How often a JPEG's sides can be halved, as Pillow's {@code Image.draft} does.
   *
   * @param shorterSide of the picture
   * @param least pixels that the shorter side must keep; 0 to halve nothing
   * @return 0…{@value #MOST_HALVINGS}
   */
  public static int halvings(int shorterSide, int least) {
    int halvings = 0;
    while (least > 0 && halvings < MOST_HALVINGS && shorterSide >> (halvings + 1) >= least) {
      halvings++;
    }
    return halvings;
  }

  private static Operand<TUint8> picture(List<Output<?>> outputs) {
    return outputs.get(0).expect(TUint8.class);
  }

  private static Operand<TBool> isJpeg(Ops tf, Operand<TString> encoded) {
    try (TString magic = TString.tensorOfBytes(NdArrays.scalarOfObject(JPEG))) {
      return tf.math.equal(
          tf.strings.substr(encoded, tf.constant(0), tf.constant(JPEG.length)),
          tf.constantOf(magic));
    }
  }

  private static ConcreteFunction jpegDecoder(String name, long reduction) {
    return decoder(
        name,
        (tf, bytes) ->
            tf.image.decodeJpeg(
                bytes,
                DecodeJpeg.channels(3L),
                DecodeJpeg.ratio(reduction),
                DecodeJpeg.dctMethod("INTEGER_ACCURATE")));
  }

  private static Operand<TUint8> decodeOther(Ops tf, Operand<TString> encoded) {
    return tf.image.decodeImage(
        encoded, TUint8.class, DecodeImage.channels(3L), DecodeImage.expandAnimations(false));
  }

  private static ConcreteFunction decoder(
      String name, BiFunction<Ops, Operand<TString>, Operand<TUint8>> decoder) {
    return ConcreteFunction.create(
        tf -> {
          Operand<TString> bytes = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
          return Signature.builder(name)
              .input("bytes", bytes)
              .output("picture", decoder.apply(tf, bytes))
              .build();
        });
  }

  /** Height and width of a decoded picture, [2]. */
  public static Operand<TInt32> size(Ops tf, Operand<TUint8> picture) {
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
