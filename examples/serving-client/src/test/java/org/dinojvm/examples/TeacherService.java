package org.dinojvm.examples;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.dinojvm.examples.proto.DataType;
import org.dinojvm.examples.proto.ModelSpec;
import org.dinojvm.examples.proto.PredictRequest;
import org.dinojvm.examples.proto.PredictResponse;
import org.dinojvm.examples.proto.PredictionServiceGrpc.PredictionServiceImplBase;
import org.dinojvm.examples.proto.TensorProto;
import org.dinojvm.examples.proto.TensorShapeProto;
import org.dinojvm.examples.proto.Version;
import org.dinojvm.serve.FeatureModel;

/** Answers {@code serving_default} of one exported model, as TensorFlow Serving would. */
final class TeacherService extends PredictionServiceImplBase {

  static final String NAME = "clipart";

  private final FeatureModel model;
  private final boolean asBytes;

  /**
   * A service.
   *
   * @param asBytes whether values are sent as their bytes rather than one by one
   */
  TeacherService(FeatureModel model, boolean asBytes) {
    this.model = model;
    this.asBytes = asBytes;
  }

  @Override
  public void predict(PredictRequest request, StreamObserver<PredictResponse> answer) {
    if (!request.getModelSpec().getName().equals(NAME)) {
      answer.onError(
          Status.NOT_FOUND
              .withDescription("Servable not found for request: " + request.getModelSpec())
              .asRuntimeException());
      return;
    }
    List<byte[]> pictures =
        request.getInputsOrThrow("encoded").getStringValList().stream()
            .map(ByteString::toByteArray)
            .toList();
    answer.onNext(
        PredictResponse.newBuilder()
            .setModelSpec(
                ModelSpec.newBuilder()
                    .setName(NAME)
                    .setVersion(Version.newBuilder().setValue(1))
                    .setSignatureName("serving_default"))
            .putOutputs("features", tensor(model.embed(pictures)))
            .build());
    answer.onCompleted();
  }

  private TensorProto tensor(float[][] rows) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(
                TensorShapeProto.newBuilder()
                    .addDim(size(rows.length))
                    .addDim(size(rows[0].length)));
    ByteBuffer content =
        ByteBuffer.allocate(Float.BYTES * rows.length * rows[0].length)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float value : row) {
        content.putFloat(value);
        if (!asBytes) {
          tensor.addFloatVal(value);
        }
      }
    }
    return (asBytes ? tensor.setTensorContent(ByteString.copyFrom(content.flip())) : tensor)
        .build();
  }

  private static TensorShapeProto.Dim size(int size) {
    return TensorShapeProto.Dim.newBuilder().setSize(size).build();
  }
}
