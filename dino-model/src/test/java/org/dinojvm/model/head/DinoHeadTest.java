package org.dinojvm.model.head;

import static org.dinojvm.model.Computed.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.dinojvm.model.Computed;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;

/** The head's names, and its last layer with gradients against finite differences in doubles. */
class DinoHeadTest {

  private static final int ROWS = 4;
  private static final int DIM = 96; // sums over them are made of slices
  private static final int PROTOTYPES = 5;

  @ParameterizedTest
  @CsvSource({"true, true", "false, true", "true, false", "false, false"})
  void weightNormedProductsAndTheirGradients(boolean compiled, boolean gradients) {
    double[] x = numbers(1, ROWS * DIM, 1);
    double[] v = numbers(2, PROTOTYPES * DIM, 0.3);
    double[] g = numbers(3, PROTOTYPES, 2);
    double[] direction = numbers(4, ROWS * PROTOTYPES, 1);
    List<float[]> actual =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> rows = Computed.given(tf, x, ROWS, DIM);
              Operand<TFloat32> vectors = Computed.given(tf, v, PROTOTYPES, DIM);
              Operand<TFloat32> lengths = Computed.given(tf, g, PROTOTYPES, 1);
              Operand<TFloat32> product =
                  new WeightNormedProduct(compiled, gradients).of(tf, rows, vectors, lengths);
              if (!gradients) {
                return List.of(product);
              }
              Operand<TFloat32> loss =
                  tf.reduceSum(
                      tf.math.mul(product, Computed.given(tf, direction, ROWS, PROTOTYPES)),
                      tf.constant(new int[] {0, 1}));
              Gradients dx = tf.gradients(loss, List.of(rows, vectors, lengths));
              return List.of(product, dx.<TFloat32>dy(0), dx.<TFloat32>dy(1), dx.<TFloat32>dy(2));
            });
    assertClose(products(x, v, g), actual.get(0), 2e-6);
    if (gradients) {
      assertClose(slopes(x, at -> loss(at, v, g, direction)), actual.get(1), 1e-5);
      assertClose(slopes(v, at -> loss(x, at, g, direction)), actual.get(2), 1e-5);
      assertClose(slopes(g, at -> loss(x, v, at, direction)), actual.get(3), 1e-5);
    }
  }

  @Test
  void namesFollowTorchsSequential() {
    assertEquals(
        List.of(
            "mlp.0.kernel",
            "mlp.0.bias",
            "mlp.2.kernel",
            "mlp.2.bias",
            "mlp.4.kernel",
            "mlp.4.bias",
            "last_layer.weight_g",
            "last_layer.weight_v"),
        names(false));
    assertTrue(names(true).containsAll(List.of("mlp.1.running_var", "mlp.3.bias", "mlp.4.weight")));
    assertTrue(names(true).contains("mlp.6.kernel"));
    assertTrue(DinoHead.isLastLayer("student.head.last_layer.weight_v"));
    assertFalse(DinoHead.isLastLayer("student.head.mlp.0.kernel"));
  }

  private static List<String> names(boolean batchNorm) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "", 1);
      new DinoHead(8, 7, 6, 5, batchNorm, true)
          .logits(tf, p, Computed.noise(tf, 1, 3, 8), Mode.TEACHER);
      return p.variables().stream().map(Variable::name).toList();
    }
  }

  private static double loss(double[] x, double[] v, double[] g, double[] direction) {
    double[] products = products(x, v, g);
    double sum = 0;
    for (int i = 0; i < products.length; i++) {
      sum += products[i] * direction[i];
    }
    return sum;
  }

  /** x·Wᵀ with W_k = g_k · v_k/‖v_k‖. */
  private static double[] products(double[] x, double[] v, double[] g) {
    double[] products = new double[ROWS * PROTOTYPES];
    for (int n = 0; n < ROWS; n++) {
      for (int k = 0; k < PROTOTYPES; k++) {
        double square = 0;
        double dot = 0;
        for (int d = 0; d < DIM; d++) {
          square += v[k * DIM + d] * v[k * DIM + d];
          dot += x[n * DIM + d] * v[k * DIM + d];
        }
        products[n * PROTOTYPES + k] = g[k] * dot / Math.sqrt(square);
      }
    }
    return products;
  }

  /** Derivatives by each number. */
  private static double[] slopes(double[] at, ToDoubleFunction<double[]> function) {
    double step = 1e-5;
    double[] slopes = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + step;
      double above = function.applyAsDouble(moved);
      moved[i] = at[i] - step;
      slopes[i] = (above - function.applyAsDouble(moved)) / (2 * step);
    }
    return slopes;
  }

  private static double[] numbers(int seed, int count, double scale) {
    double[] numbers = new Random(seed).doubles(count, -scale, scale).toArray();
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) numbers[i];
    }
    return numbers;
  }
}
