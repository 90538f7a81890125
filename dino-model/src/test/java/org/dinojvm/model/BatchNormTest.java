package org.dinojvm.model;

import static org.dinojvm.model.Computed.assertClose;
import static org.dinojvm.model.Computed.doubles;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;

/** BatchNorm of one and of several workers against doubles, and against each other. */
class BatchNormTest {

  private static final int ROWS = 6;
  private static final int DIM = 3;
  private static final Mode TRAINING =
      Mode.TEACHER; // batch statistics; its ops have gradients of TensorFlow's own

  /** Two workers, of which the other holds the same. */
  private static final Workers TWINS =
      new Workers() {
        @Override
        public int rank() {
          return 0;
        }

        @Override
        public int count() {
          return 2;
        }

        @Override
        public Operand<TFloat32> sum(Ops tf, Operand<TFloat32> value) {
          return tf.math.add(value, value);
        }

        @Override
        public Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value) {
          return tf.concat(List.of(value, value), tf.constant(0));
        }
      };

  /** Two workers, of which the other one's values are known. */
  private record Beside(float[] otherMean, float[] otherSpread) implements Workers {
    @Override
    public int rank() {
      return 0;
    }

    @Override
    public int count() {
      return 2;
    }

    @Override
    public Operand<TFloat32> sum(Ops tf, Operand<TFloat32> value) {
      return tf.math.add(
          value, tf.stack(List.of(tf.constant(otherMean), tf.constant(otherSpread))));
    }

    @Override
    public Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value) {
      throw new UnsupportedOperationException("BatchNorm sums");
    }
  }

  /** What BatchNorm gives and leaves. */
  private record Outcome(float[] y, float[] mean, float[] variance, float[] dx, float[] dWeight) {}

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 50})
  void twinsAreTheDoubledBatch(double offset) {
    double[] x = batch(ROWS, offset);
    Outcome twins = outcome(x, TRAINING.among(TWINS), 1);
    double[] twice = new double[2 * x.length];
    System.arraycopy(x, 0, twice, 0, x.length);
    System.arraycopy(x, 0, twice, x.length, x.length);
    Outcome doubled = outcome(twice, TRAINING, 2);
    double tolerance = offset > 10 ? 2e-4 : 2e-5; // float32 of numbers around 50
    assertClose(first(doubled.y()), twins.y(), tolerance);
    assertClose(doubles(doubled.mean()), twins.mean(), tolerance);
    assertClose(doubles(doubled.variance()), twins.variance(), tolerance);
    // through the sum, the losses of both workers reach x
    assertClose(first(doubled.dx()), twins.dx(), tolerance);
  }

  @Test
  void otherWorkersPicturesCount() {
    double[] own = batch(ROWS, 1);
    double[] others = batch(ROWS, -2);
    double[] mean = means(others);
    double[] variance = variances(others);
    float[] spread = new float[DIM];
    float[] otherMean = new float[DIM];
    for (int d = 0; d < DIM; d++) {
      otherMean[d] = (float) mean[d];
      spread[d] = (float) (variance[d] + mean[d] * mean[d]); // around a running mean of zero
    }
    Outcome outcome = outcome(own, TRAINING.among(new Beside(otherMean, spread)), 1);
    double[] all = new double[2 * own.length];
    System.arraycopy(own, 0, all, 0, own.length);
    System.arraycopy(others, 0, all, own.length, others.length);
    assertClose(first(normalized(all)), outcome.y(), 2e-5);
    assertRunning(all, outcome);
  }

  @Test
  void oneWorkersIsTorchs() {
    double[] x = batch(ROWS, 1);
    Outcome outcome = outcome(x, TRAINING, 1);
    assertClose(normalized(x), outcome.y(), 2e-5);
    assertRunning(x, outcome);
  }

  @Test
  void evaluationUsesRunningStatistics() {
    double[] x = batch(ROWS, 1);
    float[] y = Computed.of((tf, p) -> List.of(norm(tf, p, rows(tf, x), Mode.EVALUATION))).get(0);
    double[] expected = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = x[i] / Math.sqrt(1 + 1e-5); // mean 0, variance 1 as initialized
    }
    assertClose(expected, y, 1e-6);
  }

  @Test
  void oneWorkerAddsNothing() {
    assertEquals(types(Mode.TEACHER), types(Mode.TEACHER.among(Workers.ONE)));
    assertTrue(types(Mode.TEACHER).contains("FusedBatchNormV3"));
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> x = tf.constant(new float[] {1, 2});
      assertArrayEquals(
          new Object[] {x, x, x},
          new Object[] {
            Workers.ONE.sum(tf, x), Workers.ONE.gather(tf, x), Workers.ONE.mean(tf, x)
          });
    }
  }

  private static List<String> types(Mode mode) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      norm(tf, Params.create(tf, "network", 7), rows(tf, batch(ROWS, 0)), mode);
      List<String> types = new ArrayList<>();
      graph.operations().forEachRemaining(op -> types.add(op.type()));
      return types;
    }
  }

  private static void assertRunning(double[] all, Outcome outcome) {
    double n = all.length / (double) DIM;
    double[] mean = means(all);
    double[] variance = variances(all);
    for (int d = 0; d < DIM; d++) {
      mean[d] = 0.1 * mean[d];
      variance[d] = 0.9 + 0.1 * variance[d] * n / (n - 1);
    }
    assertClose(mean, outcome.mean(), 1e-5);
    assertClose(variance, outcome.variance(), 1e-5);
  }

  /**
   * @param copies of the batch that x holds: the loss's direction repeats
   */
  private static Outcome outcome(double[] x, Mode mode, int copies) {
    List<float[]> values =
        Computed.of(
            (tf, p) -> {
              Operand<TFloat32> rows = rows(tf, x);
              Operand<TFloat32> y = norm(tf, p, rows, mode);
              Operand<TFloat32> direction =
                  Computed.given(
                      tf, new Random(99).doubles(x.length / copies).toArray(), -1, 1, 1, DIM);
              List<Operand<TFloat32>> each = java.util.Collections.nCopies(copies, direction);
              Operand<TFloat32> repeated =
                  copies == 1 ? direction : tf.concat(each, tf.constant(0));
              Operand<TFloat32> loss =
                  tf.reduceSum(tf.math.mul(y, repeated), tf.constant(new int[] {0, 1, 2, 3}));
              Operand<TFloat32> weight = p.get("weight", Shape.of(DIM), Initializer.ones());
              Gradients gradients = tf.gradients(loss, List.of(rows, weight));
              return List.of(
                  y,
                  p.state("running_mean", Shape.of(DIM), Initializer.zeros()),
                  p.state("running_var", Shape.of(DIM), Initializer.ones()),
                  gradients.<TFloat32>dy(0),
                  gradients.<TFloat32>dy(1));
            });
    return new Outcome(values.get(0), values.get(1), values.get(2), values.get(3), values.get(4));
  }

  private static Operand<TFloat32> norm(Ops tf, Params p, Operand<TFloat32> x, Mode mode) {
    return Layers.batchNorm(tf, p, x, DIM, mode);
  }

  private static Operand<TFloat32> rows(Ops tf, double[] x) {
    return Computed.given(tf, x, x.length / DIM, 1, 1, DIM);
  }

  private static double[] batch(int rows, double offset) {
    double[] numbers = new Random(rows).doubles((long) rows * DIM, -1, 1).toArray();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (numbers[i] * (1 + i % DIM) + offset);
    }
    return numbers;
  }

  private static double[] normalized(double[] x) {
    double[] mean = means(x);
    double[] variance = variances(x);
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (x[i] - mean[i % DIM]) / Math.sqrt(variance[i % DIM] + 1e-5);
    }
    return y;
  }

  private static double[] means(double[] x) {
    double[] mean = new double[DIM];
    for (int i = 0; i < x.length; i++) {
      mean[i % DIM] += x[i] * DIM / x.length;
    }
    return mean;
  }

  private static double[] variances(double[] x) {
    double[] mean = means(x);
    double[] variance = new double[DIM];
    for (int i = 0; i < x.length; i++) {
      variance[i % DIM] += Math.pow(x[i] - mean[i % DIM], 2) * DIM / x.length;
    }
    return variance;
  }

  private static double[] first(float[] both) {
    return doubles(java.util.Arrays.copyOf(both, both.length / 2));
  }

  private static double[] first(double[] both) {
    return java.util.Arrays.copyOf(both, both.length / 2);
  }
}
