package org.dinojvm.model.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dinojvm.model.Workers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The loss against the paper's sums, pair by pair in double precision, on random logits. */
class DinoLossTest {

  private static final double TOLERANCE = 2e-6;

  /** Logits [rows][K], crop-major, and all else that the loss takes. */
  private record Case(
      int views,
      double studentTemp,
      double centerMomentum,
      float teacherTemp,
      float[][] student,
      float[][] teacher,
      float[] center) {

    static Case random(long seed) {
      Random random = new Random(seed);
      int views = 2 + random.nextInt(5);
      int batch = 1 + random.nextInt(4);
      int prototypes = 2 + random.nextInt(60);
      float scale = random.nextFloat() * 5;
      return new Case(
          views,
          0.05 + 0.2 * random.nextDouble(),
          random.nextDouble(),
          0.02f + 0.08f * random.nextFloat(),
          logits(random, views * batch, prototypes, scale),
          logits(random, 2 * batch, prototypes, scale),
          logits(random, 1, prototypes, scale)[0]);
    }

    private static float[][] logits(Random random, int rows, int columns, float scale) {
      float[][] logits = new float[rows][columns];
      for (float[] row : logits) {
        for (int k = 0; k < columns; k++) {
          row[k] = (float) random.nextGaussian() * scale;
        }
      }
      return logits;
    }

    int batch() {
      return teacher.length / 2;
    }

    /** p_t of a row of the teacher. */
    double[] target(int row) {
      double[] sharpened = new double[center.length];
      for (int k = 0; k < sharpened.length; k++) {
        sharpened[k] = ((double) teacher[row][k] - center[k]) / teacherTemp;
      }
      return Arrays.stream(logSoftmax(sharpened)).map(Math::exp).toArray();
    }

    /** log p_s of a row of the student. */
    double[] logPrediction(int row) {
      double[] sharpened = new double[center.length];
      for (int k = 0; k < sharpened.length; k++) {
        sharpened[k] = student[row][k] / studentTemp;
      }
      return logSoftmax(sharpened);
    }

    /** Equation 3 and algorithm 1: the mean over pairs of different views. */
    double loss() {
      double sum = 0;
      for (int global = 0; global < 2; global++) {
        for (int view = 0; view < views; view++) {
          if (view != global) {
            sum += meanCrossEntropy(global, view);
          }
        }
      }
      return sum / (2 * (views - 1));
    }

    private double meanCrossEntropy(int global, int view) {
      double sum = 0;
      for (int picture = 0; picture < batch(); picture++) {
        double[] target = target(global * batch() + picture);
        sum += crossEntropy(target, logPrediction(view * batch() + picture));
      }
      return sum / batch();
    }

    double teacherEntropy() {
      return IntStream.range(0, teacher.length)
          .mapToDouble(
              row -> crossEntropy(target(row), Arrays.stream(target(row)).map(Math::log).toArray()))
          .average()
          .orElseThrow();
    }

    double meanEntropy() {
      double[] mean = new double[center.length];
      for (int row = 0; row < teacher.length; row++) {
        double[] target = target(row);
        Arrays.setAll(mean, k -> mean[k] + target[k] / teacher.length);
      }
      return crossEntropy(mean, Arrays.stream(mean).map(Math::log).toArray());
    }

    double[] newCenter() {
      double[] moved = new double[center.length];
      Arrays.setAll(
          moved,
          k -> {
            double mean = Arrays.stream(teacher).mapToDouble(row -> row[k]).average().orElseThrow();
            return centerMomentum * center[k] + (1 - centerMomentum) * mean;
          });
      return moved;
    }
  }

  private static double[] logSoftmax(double[] logits) {
    double largest = Arrays.stream(logits).max().orElseThrow();
    double sum = Arrays.stream(logits).map(logit -> Math.exp(logit - largest)).sum();
    return Arrays.stream(logits).map(logit -> logit - largest - Math.log(sum)).toArray();
  }

  private static double crossEntropy(double[] p, double[] logQ) {
    return -IntStream.range(0, p.length).mapToDouble(k -> p[k] == 0 ? 0 : p[k] * logQ[k]).sum();
  }

  static Stream<Case> cases() {
    return IntStream.range(0, 40).mapToObj(Case::random);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isThePapers(Case given) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      DinoLoss.Terms terms = terms(Ops.create(graph), given);
      try (Result result =
          session
              .runner()
              .fetch(terms.loss())
              .fetch(terms.teacherEntropy())
              .fetch(terms.kl())
              .fetch(terms.meanEntropy())
              .fetch(terms.newCenter())
              .run()) {
        double loss = given.loss();
        double entropy = given.teacherEntropy();
        double allowed = TOLERANCE * Math.max(1, loss);
        assertEquals(loss, number(result, 0), allowed);
        assertEquals(entropy, number(result, 1), allowed);
        assertEquals(loss - entropy, number(result, 2), 2 * allowed);
        assertEquals(given.meanEntropy(), number(result, 3), allowed);
        assertClose(given.newCenter(), (FloatNdArray) result.get(4));
      }
    }
  }

  private static DinoLoss.Terms terms(Ops tf, Case given) {
    return new DinoLoss(given.views(), given.studentTemp(), given.centerMomentum())
        .terms(
            tf,
            constant(tf, given.student()),
            constant(tf, given.teacher()),
            constant(tf, new float[][] {given.center()}),
            tf.constant(given.teacherTemp()));
  }

  private static Operand<TFloat32> constant(Ops tf, float[][] values) {
    return tf.constant(StdArrays.ndCopyOf(values));
  }

  private static double number(Result result, int index) {
    return ((TFloat32) result.get(index)).getFloat();
  }

  private static void assertClose(double[] expected, FloatNdArray actual) {
    for (int k = 0; k < expected.length; k++) {
      assertEquals(
          expected[k], actual.getFloat(0, k), TOLERANCE * Math.max(1, Math.abs(expected[k])));
    }
  }

  /** The other worker's batch has the mean −1 everywhere. */
  private static final Workers TWO =
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
          return tf.math.sub(value, tf.constant(1f));
        }

        @Override
        public Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value) {
          throw new UnsupportedOperationException("the center sums");
        }
      };

  @Test
  void theCenterMovesTowardsTheMeanOverAllWorkers() {
    Case given = Case.random(3);
    double[] alone = given.newCenter();
    double[] expected = new double[alone.length];
    double stays = given.centerMomentum();
    for (int k = 0; k < expected.length; k++) {
      double ownPart = alone[k] - stays * given.center()[k]; // by 1 − momentum
      expected[k] = stays * given.center()[k] + ownPart / 2 - (1 - stays) / 2;
    }
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      DinoLoss loss = new DinoLoss(given.views(), given.studentTemp(), given.centerMomentum());
      DinoLoss.Terms terms =
          loss.terms(
              tf,
              constant(tf, given.student()),
              constant(tf, given.teacher()),
              constant(tf, new float[][] {given.center()}),
              tf.constant(given.teacherTemp()),
              TWO);
      try (Result result = session.runner().fetch(terms.newCenter()).fetch(terms.loss()).run()) {
        assertClose(expected, (FloatNdArray) result.get(0));
        assertEquals(given.loss(), number(result, 1), TOLERANCE * Math.max(1, given.loss()));
      }
    }
  }

  @Test
  void refusesFewerViewsThanTheTwoGlobalOnes() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new DinoLoss(1, 0.1, 0.9));
    assertEquals("1 views, at least the 2 global ones are needed", e.getMessage());
  }
}
