package org.dinojvm.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.xcit.Xcit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;

/** Fused and bfloat16 arithmetic against TensorFlow's own ops and gradients in float32. */
class ArithmeticTest {

  /** 96 features: sums over them are made of slices, see {@link Sums}; 20 rows, too. */
  private static final VisionTransformer NETWORK = new VisionTransformer(4, 96, 3, 2, 12);

  /** DINOv2's options, registers, and DINOv3's. */
  private static Stream<VitOptions> options() {
    return Stream.of(
        new VitOptions(
            VitOptions.Stem.LINEAR,
            3,
            0.5,
            VitOptions.Ffn.SWIGLU_FUSED,
            64,
            VitOptions.Positions.ANTIALIASED,
            VitOptions.QkvBias.FULL,
            VitOptions.FinalNorms.ONE,
            VitOptions.MaskToken.HELD,
            1e-6f),
        new VitOptions(
            VitOptions.Stem.LINEAR,
            2,
            0.5,
            VitOptions.Ffn.SWIGLU,
            64,
            VitOptions.Positions.ROPE,
            VitOptions.QkvBias.MASKED,
            VitOptions.FinalNorms.UNTIED_LOCAL,
            VitOptions.MaskToken.HELD,
            1e-5f),
        new VitOptions(
            VitOptions.Stem.LINEAR,
            0,
            0.5,
            VitOptions.Ffn.MLP,
            192,
            VitOptions.Positions.ROPE,
            VitOptions.QkvBias.NONE,
            VitOptions.FinalNorms.ONE,
            VitOptions.MaskToken.ON_DEMAND,
            1e-5f));
  }

  /** Features and the gradients of all weights, by name. */
  private record Outcome(List<String> names, List<float[]> values) {

    /** Largest difference from another outcome, in parts of each tensor's largest number. */
    double differenceFrom(Outcome other) {
      double worst = 0;
      for (int i = 0; i < values.size(); i++) {
        double largest = 0;
        double difference = 0;
        for (int j = 0; j < values.get(i).length; j++) {
          largest = Math.max(largest, Math.abs(other.values.get(i)[j]));
          difference = Math.max(difference, Math.abs(values.get(i)[j] - other.values.get(i)[j]));
        }
        assertTrue(largest > 0, names.get(i) + " is all zeros");
        worst = Math.max(worst, difference / largest);
      }
      return worst;
    }
  }

  private static Outcome plain;

  @BeforeAll
  static void computePlainly() {
    plain = outcome(Arithmetic.PLAIN);
  }

  @ParameterizedTest
  @MethodSource("options")
  void everyOptionIsFusedAndRecomputedToTheSame(VitOptions options) {
    VisionTransformer network = new VisionTransformer(4, 96, 3, 2, 12, options);
    Outcome expected = outcome(network, Arithmetic.PLAIN);
    assertEquals(0, outcome(network, Arithmetic.FLOAT32).differenceFrom(expected), 2e-5);
    assertEquals(
        0, outcome(network, Arithmetic.FLOAT32.recomputing()).differenceFrom(expected), 2e-5);
    assertTrue(outcome(network, Arithmetic.BF16).differenceFrom(expected) < 0.06);
  }

  @Test
  void fusedFloat32IsFloat32() {
    assertEquals(0, outcome(Arithmetic.FLOAT32).differenceFrom(plain), 2e-5);
  }

  /** Whose norms and GELUs stand beside convolutions, too. */
  @Test
  void anXcitIsFusedToTheSame() {
    Xcit network = new Xcit(8, 96, 1, 2, true, 0.5);
    Outcome expected = outcome(network, Arithmetic.PLAIN);
    assertEquals(0, outcome(network, Arithmetic.FLOAT32).differenceFrom(expected), 2e-5);
    assertTrue(outcome(network, Arithmetic.BF16).differenceFrom(expected) < 0.06);
  }

  @Test
  void recomputedBlocksAreTheSame() {
    assertEquals(0, outcome(Arithmetic.PLAIN.recomputing()).differenceFrom(plain), 1e-6);
    assertEquals(0, outcome(Arithmetic.FLOAT32.recomputing()).differenceFrom(plain), 2e-5);
  }

  @Test
  void bfloat16HasTwoDigits() {
    double difference = outcome(Arithmetic.BF16).differenceFrom(plain);
    assertTrue(difference > 1e-4, "bfloat16 was not used: " + difference);
    assertTrue(difference < 0.06, "bfloat16 is off by " + difference);
  }

  /** A student's forward and backward pass with stochastic depth on two pictures. */
  private static Outcome outcome(Arithmetic arithmetic) {
    return outcome(NETWORK, arithmetic);
  }

  private static Outcome outcome(Backbone network, Arithmetic arithmetic) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params p = Params.create(tf, "student", 7);
      Mode mode = Mode.student(0.3, tf.constant(new long[] {5, 6})).in(arithmetic);
      Operand<TFloat32> features = network.features(tf, p, noise(tf, 8, 2, 12, 12, 3), mode);
      Operand<TFloat32> direction = noise(tf, 9, 2, 96); // a loss whose gradient is no constant
      Operand<TFloat32> loss =
          tf.reduceSum(tf.math.mul(features, direction), tf.constant(new int[] {0, 1}));
      // the key's third of each attention bias has no gradient but rounding
      List<Variable> weights =
          p.trainable().stream().filter(w -> !w.name().endsWith("qkv.bias")).toList();
      Gradients gradients = tf.gradients(loss, weights.stream().map(Variable::value).toList());
      try (Session session = new Session(graph)) {
        p.variables().forEach(variable -> session.run(variable.initialize()));
        Session.Runner runner = session.runner().fetch(features);
        for (int i = 0; i < weights.size(); i++) {
          runner.fetch(gradients.<TFloat32>dy(i));
        }
        List<String> names = new ArrayList<>(List.of("features"));
        weights.forEach(weight -> names.add(weight.name()));
        try (Result result = runner.run()) {
          List<float[]> values = new ArrayList<>();
          for (int i = 0; i < names.size(); i++) {
            values.add(numbers((TFloat32) result.get(i)));
          }
          return new Outcome(names, values);
        }
      }
    }
  }

  private static Operand<TFloat32> noise(Ops tf, long seed, int... shape) {
    Operand<TFloat32> noise =
        tf.random.statelessRandomNormal(tf.constant(shape), tf.constant(new long[] {1, seed}));
    return tf.ensureShape(noise, Shape.of(java.util.Arrays.stream(shape).asLongStream().toArray()));
  }

  private static float[] numbers(TFloat32 tensor) {
    float[] numbers = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(numbers);
    return numbers;
  }
}
