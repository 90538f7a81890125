package org.dinojvm.model.convolution;

import static org.dinojvm.model.Computed.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Computed;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Against torchvision's counts and against convolutions written out in doubles. */
class ResNetTest {

  @ParameterizedTest
  @CsvSource({"18, 512, 11176512, 20", "34, 512, 21284672, 36", "50, 2048, 23508032, 53"})
  void hasTorchvisionsWeights(int layers, int features, long trained, long convolutions) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 1);
      Operand<TFloat32> images = Computed.noise(tf, 1, 2, 64, 64, 3);
      Operand<TFloat32> result = new ResNet(layers).features(tf, p, images, Mode.TEACHER);
      assertEquals(Shape.of(2, features), result.shape());
      assertEquals(trained, p.trainable().stream().mapToLong(w -> w.shape().size()).sum());
      assertEquals(
          convolutions, p.variables().stream().filter(w -> w.leaf().equals("kernel")).count());
      assertEquals(2 * convolutions, p.stateUpdates().size(), "a mean and a variance each");
      assertEquals(
          2 * convolutions, p.variables().stream().filter(w -> w.kind() == Kind.STATE).count());
    }
  }

  @Test
  void initialKernelsAreKaimingNormalByOutputs() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 1);
      new ResNet(18).features(tf, p, Computed.noise(tf, 1, 1, 32, 32, 3), Mode.EVALUATION);
      Params.Variable kernel = p.variable("layer2.0.conv1.kernel"); // 3 × 3, 64 to 128
      session.run(kernel.initialize());
      try (Result result = session.runner().fetch(kernel.value()).run()) {
        float[] numbers = Computed.numbers((TFloat32) result.get(0));
        double square = 0;
        for (float number : numbers) {
          square += number * number / (double) numbers.length;
        }
        assertEquals(2.0 / (128 * 9), square, 0.02 * 2.0 / (128 * 9));
      }
    }
  }

  /** Version 1.5: the 3 × 3 convolution of a bottleneck halves, its first 1 × 1 does not. */
  @Test
  void bottlenecksHalveAtTheirSecondConvolution() {
    Map<String, Shape> outputs = convolutionOutputs(50, 64);
    assertEquals(Shape.of(1, 16, 16, 128), outputs.get("layer2.0.conv1"));
    assertEquals(Shape.of(1, 8, 8, 128), outputs.get("layer2.0.conv2"));
    assertEquals(Shape.of(1, 8, 8, 512), outputs.get("layer2.0.downsample.0"));
    assertEquals(Shape.of(1, 16, 16, 64), outputs.get("layer1.0.conv2"));
    assertEquals(Shape.of(1, 2, 2, 2048), outputs.get("layer4.2.conv3"));
  }

  @Test
  void basicBlocksHalveAtTheirFirstConvolution() {
    Map<String, Shape> outputs = convolutionOutputs(18, 64);
    assertEquals(Shape.of(1, 8, 8, 128), outputs.get("layer2.0.conv1"));
    assertEquals(Shape.of(1, 8, 8, 128), outputs.get("layer2.0.downsample.0"));
    assertTrue(!outputs.containsKey("layer1.0.downsample.0"), "as many channels in as out");
  }

  /** Output shapes of convolutions by the names of their weights. */
  private static Map<String, Shape> convolutionOutputs(int layers, int side) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 1);
      new ResNet(layers).features(tf, p, Computed.noise(tf, 1, 1, side, side, 3), Mode.EVALUATION);
      Map<String, Shape> outputs = new HashMap<>();
      graph
          .operations()
          .forEachRemaining(
              op -> {
                if (op.type().equals("Conv2D")) {
                  GraphOperation kernel = (GraphOperation) op.input(1).op();
                  String weight = kernel.name().replace(".kernel.value", "");
                  outputs.put(weight, op.output(0).shape());
                }
              });
      return outputs;
    }
  }

  /** The stem of torch: 7 × 7, stride 2, padding 3, then pool 3 × 3, stride 2, padding 1. */
  @ParameterizedTest
  @CsvSource({"12", "13"})
  void theStemIsPaddedAsTorchsOnEverySide(int side) {
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> images = Computed.noise(tf, 5, 1, side, side, 3);
              new ResNet(18).features(tf, p, images, Mode.EVALUATION);
              Operand<TFloat32> kernel =
                  p.at("conv1").get("kernel", Shape.of(7, 7, 3, 64), Initializer.zeros());
              return List.of(images, kernel, pooled(tf));
            });
    double[] stem = relu(convolution(values.get(0), side, 3, values.get(1), 64, 7, 2));
    for (int i = 0; i < stem.length; i++) {
      stem[i] /= Math.sqrt(1 + 1e-5); // BatchNorm as initialized
    }
    assertClose(pool(stem, (side + 1) / 2, 64), values.get(2), 1e-5);
  }

  /** The graph's only MaxPool. */
  private static Operand<TFloat32> pooled(Ops tf) {
    List<Operand<TFloat32>> pools = new ArrayList<>();
    ((Graph) tf.scope().env())
        .operations()
        .forEachRemaining(
            op -> {
              if (op.type().startsWith("MaxPool")) {
                pools.add(op.<TFloat32>output(0));
              }
            });
    assertEquals(1, pools.size());
    return pools.get(0);
  }

  private static double[] convolution(
      float[] x, int side, int in, float[] kernel, int out, int size, int stride) {
    int grid = (side + 1) / stride;
    double[] y = new double[grid * grid * out];
    for (int row = 0; row < grid; row++) {
      for (int column = 0; column < grid; column++) {
        for (int i = 0; i < size; i++) {
          for (int j = 0; j < size; j++) {
            int fromRow = row * stride + i - size / 2;
            int fromColumn = column * stride + j - size / 2;
            if (Math.min(fromRow, fromColumn) < 0 || Math.max(fromRow, fromColumn) >= side) {
              continue;
            }
            for (int c = 0; c < in; c++) {
              double pixel = x[(fromRow * side + fromColumn) * in + c];
              for (int k = 0; k < out; k++) {
                y[(row * grid + column) * out + k] +=
                    pixel * kernel[((i * size + j) * in + c) * out + k];
              }
            }
          }
        }
      }
    }
    return y;
  }

  private static double[] relu(double[] x) {
    return java.util.Arrays.stream(x).map(number -> Math.max(0, number)).toArray();
  }

  private static double[] pool(double[] x, int side, int channels) {
    int grid = (side + 1) / 2;
    double[] y = new double[grid * grid * channels];
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        // windows that see this pixel
        for (int i = row / 2; i <= (row + 1) / 2 && i < grid; i++) {
          for (int j = column / 2; j <= (column + 1) / 2 && j < grid; j++) {
            for (int c = 0; c < channels; c++) {
              int at = (i * grid + j) * channels + c;
              y[at] = Math.max(y[at], x[(row * side + column) * channels + c]);
            }
          }
        }
      }
    }
    return y;
  }

  @Test
  void hasNeitherTokensNorAttention() {
    Backbone network = new ResNet(18);
    assertEquals(0, network.attentionHeads());
    assertEquals(1, network.stride());
    assertTrue(!network.hasTokens());
    Backbone.Pass pass = () -> null;
    assertThrows(IllegalArgumentException.class, pass::tokens);
    assertThrows(IllegalArgumentException.class, pass::attentionMaps);
  }

  @Test
  void refusesOtherNumbersOfLayers() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new ResNet(20));
    assertEquals("no ResNet has 20 layers; there are [18, 34, 50]", e.getMessage());
  }
}
