package org.dinojvm.eval.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.dinojvm.eval.linear.LogisticRegression.Fit;
import org.dinojvm.eval.linear.LogisticRegression.Score;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The optimum against the gradient in plain Java, on features such as an untrained network's: far
 * from the origin and nearly all along one direction.
 */
class LogisticRegressionTest {

  private static final int ROWS = 120;
  private static final int WIDTH = 12;
  private static final int ITERATIONS = 1000;

  private final int[] labels = new int[ROWS];

  private float[][] features(int classes) {
    Random random = new Random(5);
    float[][] features = new float[ROWS][WIDTH];
    for (int row = 0; row < ROWS; row++) {
      labels[row] = random.nextInt(classes);
      double common = 3 * random.nextGaussian();
      for (int i = 0; i < WIDTH; i++) {
        double scale = Math.pow(10, -i / 3.0); // variances from 1 down to 1e-7
        double signal = i % classes == labels[row] ? 1 : 0;
        features[row][i] = (float) (5 + common + scale * (signal + random.nextGaussian()));
      }
    }
    return features;
  }

  @ParameterizedTest
  @CsvSource({"3, 1e-4", "3, 1", "3, 1e5", "2, 1", "2, 1e5"})
  void theGradientVanishes(int classes, double c) {
    float[][] features = features(classes);
    try (LogisticRegression regression = new LogisticRegression(features, labels, classes)) {
      Fit fit = regression.fit(c, 1e-8, ITERATIONS);
      Score score = regression.score(fit, features, labels);
      double largest = 0;
      int vectors = fit.weight().length;
      assertEquals(classes == 2 ? 1 : classes, vectors);
      for (int vector = 0; vector < vectors; vector++) {
        double[] gradient = new double[WIDTH + 1];
        for (int i = 0; i < WIDTH; i++) {
          gradient[i] = fit.weight()[vector][i];
        }
        int label = classes - vectors + vector;
        for (int row = 0; row < ROWS; row++) {
          double error = probability(fit, features[row], label) - (labels[row] == label ? 1 : 0);
          assertEquals(
              probability(fit, features[row], label), score.probabilities()[row][label], 1e-9);
          for (int i = 0; i < WIDTH; i++) {
            gradient[i] += c * error * features[row][i];
          }
          gradient[WIDTH] += c * error;
        }
        for (double component : gradient) {
          largest = Math.max(largest, Math.abs(component));
        }
      }
      assertTrue(fit.gradient() <= 1e-8 * c * ROWS, "stopped at " + fit.gradient());
      // The features are not centered here, and their rounding is in the sum.
      assertTrue(largest <= 1e-6 * c * ROWS, "gradient " + largest);
    }
  }

  private static double probability(Fit fit, float[] row, int label) {
    int vectors = fit.weight().length;
    double[] logits = new double[Math.max(2, vectors)];
    double largest = 0;
    for (int vector = 0; vector < vectors; vector++) {
      int place = logits.length - vectors + vector;
      logits[place] = fit.bias()[vector];
      for (int i = 0; i < row.length; i++) {
        logits[place] += fit.weight()[vector][i] * row[i];
      }
      largest = Math.max(largest, logits[place]);
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return Math.exp(logits[label] - largest) / sum;
  }
}
