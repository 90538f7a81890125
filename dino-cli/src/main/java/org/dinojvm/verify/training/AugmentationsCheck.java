package org.dinojvm.verify.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.data.augment.ImageOps;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.Pixels;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.DType;
import org.dinojvm.weights.Weight;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/** Image operations with given parameters against Pillow's and torchvision's results. */
final class AugmentationsCheck implements Check {

  private static final double MEAN_TOLERANCE = 0.5;
  private static final double NORMALIZED_TOLERANCE = 1e-5;
  private static final String NORMALIZED = "normalized_chw";

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    for (Map.Entry<String, JsonNode> entry : parameters(file).properties()) {
      ImageOperation operation = ImageOperation.of(entry.getKey());
      Weight source = picture(file, operation.isResizedCrop() ? "source_hwc" : "small_hwc");
      float[] actual =
          compute(source, (tf, picture) -> operation.apply(tf, picture, entry.getValue()));
      compare(operation, entry.getKey(), actual, picture(file, entry.getKey()), comparisons);
    }
    if (file.has(NORMALIZED)) {
      float[] actual = compute(picture(file, "small_hwc"), AugmentationsCheck::normalized);
      float[] expected = file.tensor(NORMALIZED).floats();
      comparisons.add("normalization", NORMALIZED, actual, expected, NORMALIZED_TOLERANCE);
    }
    file.requireAllUsed();
  }

  private static JsonNode parameters(ReferenceFile file) {
    String json = file.text("parameters");
    try {
      return new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("'parameters' is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static Weight picture(ReferenceFile file, String name) {
    Weight picture = file.tensor(name);
    checkArgument(
        picture.dtype() == DType.U8
            && picture.shape().numDimensions() == 3
            && picture.shape().get(2) == 3,
        "'%s' is %s, a picture is U8[H, W, 3]",
        name,
        picture);
    return picture;
  }

  /** Makes planes of a picture. */
  private interface Operation {
    Operand<TFloat32> apply(Ops tf, Operand<TUint8> picture);
  }

  private static float[] compute(Weight picture, Operation operation) {
    byte[] bytes = new byte[picture.byteSize()];
    picture.data().get(bytes);
    try (Graph graph = new Graph();
        TUint8 pixels = TUint8.tensorOf(picture.shape(), DataBuffers.of(bytes))) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> result = operation.apply(tf, tf.constantOf(pixels));
      try (Session session = new Session(graph);
          Result fetched = session.runner().fetch(result).run()) {
        return Pixels.floats(fetched.get(0));
      }
    }
  }

  private static Operand<TFloat32> normalized(Ops tf, Operand<TUint8> picture) {
    return ImageOps.normalize(
        tf, ImageOps.planes(tf, tf.expandDims(picture, tf.constant(0))), Normalization.published());
  }

  private static void compare(
      ImageOperation operation,
      String name,
      float[] actual,
      Weight expected,
      Comparisons comparisons) {
    float[] planes = expected.permuted(2, 0, 1).floats();
    checkArgument(
        actual.length == planes.length,
        "'%s' is %s, %s values were computed",
        name,
        expected,
        actual.length);
    double largest = 0;
    double sum = 0;
    for (int i = 0; i < planes.length; i++) {
      double difference = Math.abs(actual[i] - planes[i]);
      largest = Math.max(largest, difference);
      sum += difference;
    }
    comparisons.add(operation.prefix(), name, largest, operation.tolerance());
    comparisons.add("mean of a picture", name, sum / planes.length, MEAN_TOLERANCE);
  }
}
