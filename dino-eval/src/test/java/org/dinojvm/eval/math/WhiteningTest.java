package org.dinojvm.eval.math;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WhiteningTest {

  /** Whitened rows have the mean 0 and the unit matrix as covariance. */
  @Test
  void directionsHaveTheSameVariance() {
    float[][] rows = rows();
    float[][] white = Whitening.learn(rows).apply(rows);
    double[] mean = Matrices.mean(white);
    double[][] covariance = Matrices.moments(white, mean);
    for (int i = 0; i < 3; i++) {
      assertEquals(0, mean[i], 1e-5);
      for (int j = 0; j < 3; j++) {
        assertEquals(i == j ? 1 : 0, covariance[i][j], 1e-4);
      }
    }
  }

  /** λ^(1 − 2p) is left of a principal component's variance λ. */
  @Test
  void ofALowerPowerLargeComponentsStayLarger() {
    float[][] rows = rows();
    double[] before = Matrices.eigen(Matrices.moments(rows, Matrices.mean(rows))).values();
    float[][] half = Whitening.learn(rows, 0.35).apply(rows);
    double[][] covariance = Matrices.moments(half, Matrices.mean(half));
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        assertEquals(i == j ? Math.pow(before[i], 0.3) : 0, covariance[i][j], 1e-4);
      }
    }
  }

  private static float[][] rows() {
    Random random = new Random(2);
    float[][] rows = new float[200][3];
    for (float[] row : rows) {
      double shared = random.nextGaussian();
      row[0] = (float) (5 + 3 * shared);
      row[1] = (float) (shared + 0.5 * random.nextGaussian());
      row[2] = (float) (0.1 * random.nextGaussian());
    }
    return rows;
  }
}
