package org.dinojvm.eval.math;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Components of patches that were made of known ones. */
class PatchPcaTest {

  private static final int SIDE = 6;
  private static final int PICTURES = 3;
  private static final int WIDTH = 5;

  /** Axis 2 tells inside from border; inside, axis 0 varies most and then axis 4. */
  private final boolean[] inside = new boolean[PICTURES * SIDE * SIDE];

  private final float[][] patches = patches();

  private float[][] patches() {
    Random random = new Random(3);
    float[][] made = new float[inside.length][WIDTH];
    for (int patch = 0; patch < made.length; patch++) {
      int row = patch / SIDE % SIDE;
      int column = patch % SIDE;
      inside[patch] = row > 0 && row < SIDE - 1 && column > 0 && column < SIDE - 1;
      for (int i = 0; i < WIDTH; i++) {
        made[patch][i] = 0.01f * (float) random.nextGaussian() + 1;
      }
      made[patch][2] += inside[patch] ? -20 : 20;
      if (inside[patch]) {
        made[patch][0] += 4 * (float) random.nextGaussian();
        made[patch][4] += (float) random.nextGaussian();
      }
    }
    return made;
  }

  @Test
  void theForegroundIsInsideWhateverTheSign() {
    assertArrayEquals(inside, PatchPca.of(patches, SIDE, SIDE, 2).foreground());
    for (float[] patch : patches) {
      patch[2] = -patch[2];
    }
    PatchPca mirrored = PatchPca.of(patches, SIDE, SIDE, 2);
    assertArrayEquals(inside, mirrored.foreground());
    assertTrue(mirrored.firstComponent()[2] > 0.99);
  }

  @Test
  void componentsOfTheForegroundAreThoseItVariesAlong() {
    PatchPca pca = PatchPca.of(patches, SIDE, SIDE, 2);
    assertEquals(1, pca.components()[0][0], 0.01); // of two signs the positive one
    assertEquals(1, pca.components()[1][4], 0.01);
    float[][] kept =
        IntStream.range(0, patches.length)
            .filter(patch -> inside[patch])
            .mapToObj(patch -> patches[patch])
            .toArray(float[][]::new);
    for (int k = 0; k < 2; k++) {
      int component = k;
      double[] along =
          Arrays.stream(kept)
              .mapToDouble(row -> dot(row, pca.mean(), pca.components()[component]))
              .toArray();
      double variance = Arrays.stream(along).map(v -> v * v).sum() / (kept.length - 1);
      assertEquals(variance, pca.variances()[k], 1e-9 * variance);
      for (int patch = 0; patch < kept.length; patch++) {
        assertEquals(along[patch], pca.projection()[patch][k], 1e-9);
      }
    }
  }

  @Test
  void colorsFillTheRangeAndTheBackgroundIsBlack() {
    PatchPca pca = PatchPca.of(patches, SIDE, SIDE, 2);
    double[][] colors = pca.colors();
    double[][] sigmoid = pca.sigmoidColors();
    double[] reds = new double[pca.projection().length];
    int next = 0;
    for (int patch = 0; patch < patches.length; patch++) {
      if (inside[patch]) {
        double score = pca.projection()[next][0] / Math.sqrt(pca.variances()[0]);
        assertEquals(1 / (1 + Math.exp(-2 * score)), sigmoid[patch][0], 1e-12);
        reds[next++] = colors[patch][0];
      } else {
        assertArrayEquals(new double[2], colors[patch]);
        assertArrayEquals(new double[2], sigmoid[patch]);
      }
    }
    assertEquals(0, Arrays.stream(reds).min().orElseThrow());
    assertEquals(1, Arrays.stream(reds).max().orElseThrow());
  }

  private static double dot(float[] row, double[] mean, double[] vector) {
    double sum = 0;
    for (int i = 0; i < vector.length; i++) {
      sum += (row[i] - mean[i]) * vector[i];
    }
    return sum;
  }
}
