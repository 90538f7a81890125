package org.dinojvm.serve;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.dinojvm.data.source.TfRecord;
import org.tensorflow.Signature;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A request for each signature, which TensorFlow Serving answers for itself before a version takes
 * over: the first run of a graph optimises it and takes seconds, which no user should wait for.
 *
 * <p>The file holds records of {@code tensorflow.serving.PredictionLog}. TensorFlow for Java has no
 * class for it; the numbers of its fields are in Serving's {@code apis/*.proto}.
 */
final class WarmUpRequests {

  /** Where TensorFlow Serving looks for it. */
  private static final Path LOCATION = Path.of("assets.extra", "tf_serving_warmup_requests");

  private WarmUpRequests() {}

  /**
   * Writes the file into a SavedModel folder.
   *
   * @param model the name it will be served under
   * @param side of the pictures, in pixels
   */
  static void write(Path savedModel, String model, int side, List<Signature> signatures)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(savedModel.resolve(LOCATION))) {
      for (Signature signature : signatures) {
        String input = Iterables.getOnlyElement(signature.inputNames());
        boolean isEncoded = signature.getInputs().get(input).dataType == DataType.DT_STRING;
        TensorProto tensor = isEncoded ? encoded(side) : pixels(side);
        ByteString log = predictionLog(model, signature.key(), input, tensor);
        out.write(TfRecord.framed(log.toByteArray()));
      }
    }
  }

  /** {@code PredictionLog.predict_log = 6, PredictLog.request = 1}. */
  private static ByteString predictionLog(
      String model, String signature, String input, TensorProto tensor) {
    ByteString spec = // ModelSpec
        message(
            ImmutableMap.of(
                1, ByteString.copyFromUtf8(model), 3, ByteString.copyFromUtf8(signature)));
    ByteString entry = // map<string, TensorProto>
        message(ImmutableMap.of(1, ByteString.copyFromUtf8(input), 2, tensor.toByteString()));
    ByteString request = message(ImmutableMap.of(1, spec, 2, entry)); // PredictRequest
    return message(ImmutableMap.of(6, message(ImmutableMap.of(1, request))));
  }

  private static ByteString message(Map<Integer, ByteString> fields) {
    UnknownFieldSet.Builder message = UnknownFieldSet.newBuilder();
    fields.forEach(
        (number, value) ->
            message.addField(
                number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(value).build()));
    return message.build().toByteString();
  }

  /** A black JPEG, [1]. */
  private static TensorProto encoded(int side) throws IOException {
    BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(picture, "jpg", jpeg);
    return TensorProto.newBuilder()
        .setDtype(DataType.DT_STRING)
        .setTensorShape(shape(1))
        .addStringVal(ByteString.copyFrom(jpeg.toByteArray()))
        .build();
  }

  /** [1, side, side, 3]; a tensor's last value stands for all that follow. */
  private static TensorProto pixels(int side) {
    return TensorProto.newBuilder()
        .setDtype(DataType.DT_FLOAT)
        .setTensorShape(shape(1, side, side, 3))
        .addFloatVal(0.5f)
        .build();
  }

  private static TensorShapeProto shape(long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return shape.build();
  }
}
