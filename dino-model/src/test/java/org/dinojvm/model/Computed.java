package org.dinojvm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Tensors built into a graph of their own and computed once. */
public final class Computed {

  /** Adds what is to be computed; states that the passes moved on are assigned first. */
  @FunctionalInterface
  public interface Outputs {
    List<? extends Operand<TFloat32>> of(Ops tf, Params p);
  }

  private Computed() {}

  /** The values, in order, with weights as they are initialized. */
  public static List<float[]> of(Outputs outputs) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "network", 7);
      List<? extends Operand<TFloat32>> fetched = outputs.of(tf, p);
      try (Session session = new Session(graph)) {
        p.variables().forEach(variable -> session.run(variable.initialize()));
        Session.Runner runner = session.runner();
        fetched.forEach(runner::fetch);
        try (Result result = runner.run()) {
          List<float[]> values = new ArrayList<>();
          for (int i = 0; i < fetched.size(); i++) {
            values.add(numbers((TFloat32) result.get(i)));
          }
          return values;
        }
      }
    }
  }

  /** Numbers in the order of memory. */
  public static float[] numbers(TFloat32 tensor) {
    float[] numbers = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(numbers);
    return numbers;
  }

  /** Numbers N(0, 1) of a known shape. */
  public static Operand<TFloat32> noise(Ops tf, long seed, long... shape) {
    Operand<TFloat32> noise =
        tf.random.statelessRandomNormal(tf.constant(shape), tf.constant(new long[] {1, seed}));
    return tf.ensureShape(noise, Shape.of(shape));
  }

  /** Given numbers as a tensor whose shape the graph knows and whose values it does not. */
  public static Operand<TFloat32> given(Ops tf, double[] numbers, long... shape) {
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers[i];
    }
    return tf.reshape(tf.constant(values), tf.constant(shape));
  }

  /** All numbers are alike to a tolerance, in parts of the largest expected one. */
  public static void assertClose(double[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length);
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance * Math.max(largest, 1e-3), "number " + i);
    }
  }

  static double[] doubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      doubles[i] = numbers[i];
    }
    return doubles;
  }
}
