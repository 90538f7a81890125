package org.dinojvm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class InitializerTest {

  private static final Shape SHAPE = Shape.of(100, 200);
  private static final long[] SEED = {3, 4};

  @Test
  void constantsAreConstant() {
    for (float number : values(Initializer.zeros(), SEED)) {
      assertEquals(0f, number);
    }
    for (float number : values(Initializer.ones(), SEED)) {
      assertEquals(1f, number);
    }
    for (float number : values(Initializer.constant(0.1f), SEED)) {
      assertEquals(0.1f, number);
    }
  }

  @Test
  void normalHasItsMoments() {
    float[] numbers = values(Initializer.normal(0.5), SEED);
    assertEquals(0, moment(numbers, 1), 0.01);
    assertEquals(0.25, moment(numbers, 2), 0.01);
    assertEquals(3 * 0.0625, moment(numbers, 4), 0.015, "kurtosis: uncut");
  }

  @Test
  void uniformFillsItsInterval() {
    float[] numbers = values(Initializer.uniform(0.5), SEED);
    assertEquals(0, moment(numbers, 1), 0.01);
    assertEquals(1 / 12.0, moment(numbers, 2), 0.002);
    for (float number : numbers) {
      assertTrue(number >= -0.5 && number < 0.5, "number " + number);
    }
  }

  /** Runs that were started before go on: the numbers of a seed are those of TensorFlow's op. */
  @Test
  void aSeedGivesTheSameNumbersAlways() {
    List<float[]> computed =
        Computed.of(
            (tf, p) ->
                List.of(
                    Initializer.normal(0.02).value(tf, SHAPE, SEED),
                    tf.math.mul(
                        tf.random.statelessRandomNormal(
                            tf.constant(SHAPE.asArray()), tf.constant(SEED)),
                        tf.constant(0.02f))));
    assertArrayEquals(computed.get(1), computed.get(0));
  }

  static Stream<Initializer> all() {
    return Stream.of(
        Initializer.zeros(),
        Initializer.ones(),
        Initializer.constant(0.1f),
        Initializer.normal(1),
        Initializer.uniform(1));
  }

  /** Else TensorFlow computes it ahead and keeps it twice. */
  @ParameterizedTest
  @MethodSource("all")
  void somethingThatIsNoConstantStandsBeforeTheFill(Initializer initializer) {
    try (Graph graph = new Graph()) {
      Operand<TFloat32> value = initializer.value(Ops.create(graph), SHAPE, SEED);
      List<String> unguarded = new ArrayList<>();
      graph
          .subgraphTo(Set.of(value))
          .forEach(
              op -> {
                if (op.type().equals("Fill") || op.type().startsWith("StatelessRandom")) {
                  unguarded.add(op.name());
                  for (int i = 0; i < op.numInputs(); i++) {
                    GraphOperation from = (GraphOperation) op.input(i).op();
                    if (from.type().equals("GuaranteeConst")) {
                      unguarded.remove(op.name());
                    }
                  }
                }
              });
      assertEquals(List.of(), unguarded);
    }
  }

  private static float[] values(Initializer initializer, long[] seed) {
    return Computed.of((tf, p) -> List.of(initializer.value(tf, SHAPE, seed))).get(0);
  }

  private static double moment(float[] numbers, int order) {
    double sum = 0;
    for (float number : numbers) {
      sum += Math.pow(number, order);
    }
    return sum / numbers.length;
  }
}
