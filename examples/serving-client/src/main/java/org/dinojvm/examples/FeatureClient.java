package org.dinojvm.examples;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dinojvm.examples.proto.DataType;
import org.dinojvm.examples.proto.ModelSpec;
import org.dinojvm.examples.proto.PredictRequest;
import org.dinojvm.examples.proto.PredictResponse;
import org.dinojvm.examples.proto.PredictionServiceGrpc;
import org.dinojvm.examples.proto.PredictionServiceGrpc.PredictionServiceBlockingStub;
import org.dinojvm.examples.proto.TensorProto;
import org.dinojvm.examples.proto.TensorShapeProto;

/** Asks a TensorFlow Serving for the features of pictures. */
public final class FeatureClient {

  private final PredictionServiceBlockingStub service;
  private final String model;

  /**
   * A client of one model.
   *
   * @param channel to the server, which stays the caller's to close
   * @param model the name it is served under
   */
  public FeatureClient(Channel channel, String model) {
    this.service = PredictionServiceGrpc.newBlockingStub(channel);
    this.model = model;
  }

  /**
   * Features of encoded pictures, in one request.
   *
   * @param pictures N files' bytes, JPEG, PNG, GIF or BMP
   * @return [N, D]
   */
  public float[][] features(List<byte[]> pictures) {
    PredictRequest request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName(model)) // serving_default, newest version
            .putInputs("encoded", encoded(pictures))
            .build();
    PredictResponse response = service.predict(request);
    return rows(response.getOutputsOrThrow("features"));
  }

  /** string [N] */
  private static TensorProto encoded(List<byte[]> pictures) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(DataType.DT_STRING);
    tensor.setTensorShape(
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dim.newBuilder().setSize(pictures.size())));
    pictures.forEach(picture -> tensor.addStringVal(ByteString.copyFrom(picture)));
    return tensor.build();
  }

  /** A matrix; servers send its values as bytes or one by one. */
  private static float[][] rows(TensorProto tensor) {
    int count = (int) tensor.getTensorShape().getDim(0).getSize();
    int width = (int) tensor.getTensorShape().getDim(1).getSize();
    FloatBuffer values =
        tensor.getTensorContent().isEmpty()
            ? FloatBuffer.wrap(toArray(tensor.getFloatValList()))
            : tensor
                .getTensorContent()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    float[][] rows = new float[count][width];
    for (float[] row : rows) {
      values.get(row);
    }
    return rows;
  }

  private static float[] toArray(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }

  /** Prints the features of pictures: {@code FeatureClient localhost:8500 clipart PICTURE ...}. */
  public static void main(String[] arguments) throws IOException {
    List<byte[]> pictures = new ArrayList<>();
    for (String file : List.of(arguments).subList(2, arguments.length)) {
      pictures.add(Files.readAllBytes(Path.of(file)));
    }
    ManagedChannel channel = ManagedChannelBuilder.forTarget(arguments[0]).usePlaintext().build();
    try {
      for (float[] features : new FeatureClient(channel, arguments[1]).features(pictures)) {
        System.out.println(Arrays.toString(features));
      }
    } finally {
      channel.shutdown();
    }
  }
}
