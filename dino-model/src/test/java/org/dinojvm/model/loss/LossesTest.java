package org.dinojvm.model.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.dinojvm.model.Workers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What the files of published results do not reach: few pictures and many features, several
 * workers, a queue that does not take part. The oracle is plain Java in double precision.
 */
class LossesTest {

  /** A worker whose neighbours have the same pictures. */
  private record Alike(int rank, int count) implements Workers {
    @Override
    public Operand<TFloat32> sum(Ops tf, Operand<TFloat32> value) {
      return tf.math.mul(value, tf.constant((float) count));
    }

    @Override
    public Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value) {
      return tf.concat(Collections.nCopies(count, value), tf.constant(0));
    }
  }

  private static float[][] random(int seed, int rows, int dim) {
    Random random = new Random(seed);
    float[][] x = new float[rows][dim];
    for (float[] row : x) {
      for (int i = 0; i < dim; i++) {
        row[i] = (float) random.nextGaussian() * 2 + i % 3;
      }
    }
    return x;
  }

  private static double computed(Function<Ops, Operand<TFloat32>> loss) {
    try (Graph graph = new Graph()) {
      Operand<TFloat32> value = loss.apply(Ops.create(graph));
      try (Session session = new Session(graph);
          Result result = session.runner().fetch(value).run()) {
        return ((TFloat32) result.get(0)).getFloat();
      }
    }
  }

  /** 4 pictures of 24 features: products of pictures instead of features; and the other way. */
  @ParameterizedTest
  @ValueSource(ints = {3, 24})
  void vicRegIsThatOfDoubles(int dim) {
    float[][] x = random(1, 4, dim);
    float[][] y = random(2, 4, dim);
    double invariance = 0;
    for (int n = 0; n < 4; n++) {
      for (int i = 0; i < dim; i++) {
        invariance += Math.pow((double) x[n][i] - y[n][i], 2) / (4 * dim);
      }
    }
    double variance = 0;
    double covariance = 0;
    for (float[][] view : List.of(x, y)) {
      for (int i = 0; i < dim; i++) {
        variance += Math.max(0, 1 - Math.sqrt(covariance(view, i, i) + 1e-4)) / (2 * dim);
        for (int j = 0; j < dim; j++) {
          covariance += i == j ? 0 : Math.pow(covariance(view, i, j), 2) / dim;
        }
      }
    }
    double expected = 25 * invariance + 20 * variance + 3 * covariance;
    double actual =
        computed(
            tf ->
                new VicRegLoss(25, 20, 3, Workers.ONE)
                    .terms(tf, tf.constant(x), tf.constant(y))
                    .loss());
    assertEquals(expected, actual, 1e-5 * expected);
  }

  private static double covariance(float[][] x, int i, int j) {
    double sum = 0;
    for (float[] row : x) {
      sum += (row[i] - mean(x, i)) * (row[j] - mean(x, j));
    }
    return sum / (x.length - 1);
  }

  private static double mean(float[][] x, int i) {
    double sum = 0;
    for (float[] row : x) {
      sum += row[i];
    }
    return sum / x.length;
  }

  /** Statistics are over all pictures, so the same ones twice change nothing. */
  @ParameterizedTest
  @ValueSource(ints = {3, 24})
  void barlowTwinsIsThatOfDoubles(int dim) {
    float[][] x = random(3, 4, dim);
    float[][] y = random(4, 4, dim);
    double expected = 0;
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < dim; j++) {
        double c = 0;
        for (int n = 0; n < 4; n++) {
          c += standardized(x, n, i) * standardized(y, n, j) / 4;
        }
        expected += i == j ? Math.pow(c - 1, 2) : 0.01 * c * c;
      }
    }
    for (Workers workers : List.of(Workers.ONE, new Alike(1, 3))) {
      double actual =
          computed(
              tf ->
                  new BarlowTwinsLoss(0.01, workers)
                      .terms(tf, tf.constant(x), tf.constant(y))
                      .loss());
      assertEquals(expected, actual, 2e-5 * expected);
    }
  }

  private static double standardized(float[][] x, int n, int i) {
    double variance = covariance(x, i, i) * (x.length - 1) / x.length;
    return (x[n][i] - mean(x, i)) / Math.sqrt(variance + 1e-5);
  }

  /**
   * Each key is among the candidates as often as there are workers; one of them is the right one.
   */
  @Test
  void candidatesAreThoseOfAllWorkers() {
    float[][] q = random(5, 4, 6);
    float[][] k = random(6, 4, 6);
    double temperature = 0.5;
    double expected = 0;
    for (float[][][] pair : new float[][][][] {{q, k}, {k, q}}) {
      for (int n = 0; n < 4; n++) {
        double sum = 0;
        for (int m = 0; m < 4; m++) {
          sum += 3 * Math.exp(cosine(pair[0][n], pair[1][m]) / temperature);
        }
        double own = cosine(pair[0][n], pair[1][n]) / temperature;
        expected += (Math.log(sum) - own) / 4 * 2 * temperature;
      }
    }
    for (int rank = 0; rank < 3; rank++) {
      Contrast contrast = new Contrast(temperature, new Alike(rank, 3));
      double actual =
          computed(
              tf -> {
                Operand<TFloat32> first = tf.constant(q);
                Operand<TFloat32> second = tf.constant(k);
                return contrast.moco(tf, first, second, first, second);
              });
      assertEquals(expected, actual, 1e-5 * expected);
    }
  }

  @Test
  void ntXentLeavesOutOnlyTheRowItself() {
    float[][] x = random(7, 3, 5);
    float[][] y = random(8, 3, 5);
    float[][] all = {x[0], x[1], x[2], y[0], y[1], y[2]};
    double expected = 0;
    for (int n = 0; n < 6; n++) {
      double sum = 0;
      for (int m = 0; m < 6; m++) { // each candidate twice, but the row itself once
        sum += (n == m ? 1 : 2) * Math.exp(cosine(all[n], all[m]) / 0.2);
      }
      expected += (Math.log(sum) - cosine(all[n], all[(n + 3) % 6]) / 0.2) / 6;
    }
    for (int rank = 0; rank < 2; rank++) {
      Contrast contrast = new Contrast(0.2, new Alike(rank, 2));
      double actual = computed(tf -> contrast.ntXent(tf, tf.constant(x), tf.constant(y)));
      assertEquals(expected, actual, 1e-5 * expected);
    }
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void prototypesAreSharedOutEvenly() {
    float[][] scores = new float[6][3];
    float[][] random = random(9, 6, 3);
    for (int n = 0; n < 6; n++) {
      for (int k = 0; k < 3; k++) {
        scores[n][k] = (float) Math.tanh(random[n][k]);
      }
    }
    SinkhornKnopp many = new SinkhornKnopp(0.25, 200, Workers.ONE);
    for (int k = 0; k < 3; k++) {
      int prototype = k;
      double share =
          computed(
              tf ->
                  tf.reduceSum(
                      tf.gather(
                          many.assign(tf, tf.constant(scores), Optional.empty()),
                          tf.constant(prototype),
                          tf.constant(1)),
                      tf.constant(0)));
      assertEquals(2, share, 1e-4);
    }
  }

  /** Samples of weight 0 are as if they were not there; of weight 1 they are. */
  @Test
  void aQueueTakesPartByItsWeight() {
    SinkhornKnopp codes = new SinkhornKnopp(0.25, 3, Workers.ONE);
    float[][] scores = {{0.9f, 0.1f}, {0.8f, 0.2f}};
    float[][] queue = {{1f, -1f}, {1f, -1f}, {1f, -1f}};
    double alone = first(codes, scores, Optional.empty());
    assertEquals(alone, first(codes, scores, Optional.of(new Weighted(queue, 0))));
    assertTrue(first(codes, scores, Optional.of(new Weighted(queue, 1))) < alone - 0.01);
  }

  private record Weighted(float[][] scores, float weight) {}

  private static double first(SinkhornKnopp codes, float[][] scores, Optional<Weighted> further) {
    return computed(
        tf -> {
          Operand<TFloat32> assigned =
              codes.assign(
                  tf,
                  tf.constant(scores),
                  further.map(
                      queue ->
                          new SinkhornKnopp.Further(
                              tf.constant(queue.scores()), tf.constant(queue.weight()))));
          return tf.reduceSum(
              tf.slice(assigned, tf.constant(new int[2]), tf.constant(new int[] {1, 1})),
              tf.constant(new int[] {0, 1}));
        });
  }
}
