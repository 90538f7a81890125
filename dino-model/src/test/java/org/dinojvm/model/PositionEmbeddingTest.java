package org.dinojvm.model;

import static org.dinojvm.model.Computed.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Against torch's bicubic interpolation, written out in doubles. */
class PositionEmbeddingTest {

  private static final int DIM = 3;

  @ParameterizedTest
  @CsvSource({"4, 6, 6", "4, 3, 2", "7, 4, 9", "2, 5, 1", "14, 6, 6", "3, 3, 5", "1, 2, 3"})
  void isTorchsBicubic(int grid, int height, int width) {
    double[] plane = plane(grid);
    float[] actual = resized(plane, grid, height, width);
    assertClose(torch(plane, grid, height, width), actual, 2e-5);
  }

  @Test
  void theGridItselfIsLeftAlone() {
    double[] plane = plane(5);
    float[] expected = new float[plane.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) plane[i];
    }
    assertArrayEquals(expected, resized(plane, 5, 5, 5));
  }

  @Test
  void aSizeKnownOnlyAtRunTimeGivesTheSame() {
    double[] plane = plane(4);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TInt32> height = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
      Operand<TFloat32> resized =
          PositionEmbedding.resize(
              tf, Computed.given(tf, plane, 16, DIM), 4, DIM, height, tf.constant(3), false);
      try (Session session = new Session(graph);
          TInt32 fed = TInt32.scalarOf(7);
          Result result = session.runner().feed(height, fed).fetch(resized).run()) {
        float[] actual = Computed.numbers((TFloat32) result.get(0));
        assertClose(torch(plane, 4, 7, 3), actual, 2e-5);
      }
    }
  }

  private static float[] resized(double[] plane, int grid, int height, int width) {
    return Computed.of(
            (tf, p) ->
                List.of(
                    PositionEmbedding.resize(
                        tf,
                        Computed.given(tf, plane, (long) grid * grid, DIM),
                        grid,
                        DIM,
                        tf.constant(height),
                        tf.constant(width),
                        false)))
        .get(0);
  }

  private static double[] plane(int grid) {
    Random random = new Random(grid);
    return random.doubles((long) grid * grid * DIM, -1, 1).toArray();
  }

  /** F.interpolate(mode="bicubic", scale_factor=((h + 0.1)/g, (w + 0.1)/g)) on [g, g, D]. */
  private static double[] torch(double[] plane, int grid, int height, int width) {
    double[] resized = new double[height * width * DIM];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double sourceY = (y + 0.5) * grid / (height + 0.1) - 0.5;
        double sourceX = (x + 0.5) * grid / (width + 0.1) - 0.5;
        int top = (int) Math.floor(sourceY);
        int left = (int) Math.floor(sourceX);
        for (int i = -1; i <= 2; i++) {
          for (int j = -1; j <= 2; j++) {
            double weight = cubic(sourceY - (top + i)) * cubic(sourceX - (left + j));
            int from = clamp(top + i, grid) * grid + clamp(left + j, grid);
            for (int d = 0; d < DIM; d++) {
              resized[(y * width + x) * DIM + d] += weight * plane[from * DIM + d];
            }
          }
        }
      }
    }
    return resized;
  }

  /** Keys' cubic with a = −0.75. */
  private static double cubic(double distance) {
    double a = -0.75;
    double x = Math.abs(distance);
    if (x <= 1) {
      return (a + 2) * x * x * x - (a + 3) * x * x + 1;
    }
    return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0;
  }

  private static int clamp(int index, int size) {
    return Math.max(0, Math.min(size - 1, index));
  }
}
