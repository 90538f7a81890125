package org.dinojvm.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dinojvm.examples.proto.DataType;
import org.dinojvm.examples.proto.PredictRequest;
import org.dinojvm.examples.proto.PredictionLog;
import org.dinojvm.examples.proto.TensorProto;
import org.dinojvm.examples.proto.TensorShapeProto.Dim;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** The warm-up file that comes with an export, read by Serving's protos. */
class WarmUpTest {

  private static final int LENGTH_AND_CRC = Long.BYTES + Integer.BYTES;

  @Test
  void everySignatureIsCalledOnceAndAnswers() throws IOException {
    Path version = newestVersion();
    List<PredictRequest> requests = requests(version);
    try (SavedModelBundle model = SavedModelBundle.load(version.toString())) {
      Set<String> signatures =
          model.functions().stream().map(f -> f.signature().key()).collect(Collectors.toSet());
      assertEquals(signatures.size(), requests.size());
      for (PredictRequest request : requests) {
        assertEquals("clipart", request.getModelSpec().getName());
        String signature = request.getModelSpec().getSignatureName();
        assertTrue(signatures.remove(signature), () -> signature + " is called twice, or is none");
        Map.Entry<String, TensorProto> input = request.getInputsMap().entrySet().iterator().next();
        try (Tensor tensor = tensor(input.getValue());
            Result result = model.function(signature).call(Map.of(input.getKey(), tensor))) {
          assertEquals(1, result.get(0).shape().get(0));
        }
      }
    }
  }

  private static Path newestVersion() throws IOException {
    try (Stream<Path> versions = Files.list(Path.of("../../savedmodels/clipart"))) {
      return versions.max((a, b) -> number(a) - number(b)).orElseThrow();
    }
  }

  private static int number(Path version) {
    return Integer.parseInt(version.getFileName().toString());
  }

  /** A record is length, a checksum of it, data, a checksum of that. */
  private static List<PredictRequest> requests(Path version)
      throws IOException, InvalidProtocolBufferException {
    ByteBuffer file =
        ByteBuffer.wrap(
                Files.readAllBytes(version.resolve("assets.extra/tf_serving_warmup_requests")))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<PredictRequest> requests = new ArrayList<>();
    while (file.hasRemaining()) {
      int length = (int) file.getLong(file.position());
      ByteString data = ByteString.copyFrom(file.slice(file.position() + LENGTH_AND_CRC, length));
      requests.add(PredictionLog.parseFrom(data).getPredictLog().getRequest());
      file.position(file.position() + LENGTH_AND_CRC + length + Integer.BYTES);
    }
    return requests;
  }

  private static Tensor tensor(TensorProto proto) {
    long[] sizes = proto.getTensorShape().getDimList().stream().mapToLong(Dim::getSize).toArray();
    if (proto.getDtype() == DataType.DT_STRING) {
      assertEquals(1, LongStream.of(sizes).sum());
      byte[][] values = {proto.getStringVal(0).toByteArray()};
      return TString.tensorOfBytes(NdArrays.vectorOfObjects(values));
    }
    float value = proto.getFloatVal(proto.getFloatValCount() - 1);
    return TFloat32.tensorOf(
        Shape.of(sizes), tensor -> tensor.scalars().forEach(scalar -> scalar.setFloat(value)));
  }
}
