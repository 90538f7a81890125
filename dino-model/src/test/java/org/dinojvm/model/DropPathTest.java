package org.dinojvm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Rates, scaling and independence of what is drawn. */
class DropPathTest {

  private static final int DEPTH = 5;
  private static final double RATE = 0.4;

  /** Pictures a draw; the standard error of a rate or a correlation is below 0.01. */
  private static final int PICTURES = 20_000;

  @Test
  void keepRatesFallLinearlyAndKeptBranchesAreDividedByThem() {
    float[] factors = draw(3, 0, 0, PICTURES);
    for (int row = 0; row < 2 * DEPTH; row++) {
      int block = row / 2;
      double keep = 1 - RATE * block / (DEPTH - 1);
      int kept = 0;
      for (int i = 0; i < PICTURES; i++) {
        float factor = factors[row * PICTURES + i];
        assertTrue(factor == 0 || Math.abs(factor - 1 / keep) < 1e-6, "factor " + factor);
        kept += factor == 0 ? 0 : 1;
      }
      assertEquals(keep, kept / (double) PICTURES, 0.015, "branch " + row);
    }
  }

  @Test
  void resolutionsBlocksAndBranchesAreIndependent() {
    List<float[]> rows = new ArrayList<>();
    for (int pass = 0; pass < 2; pass++) {
      float[] factors = draw(3, 0, pass, PICTURES);
      for (int row = 2; row < 2 * DEPTH; row++) { // the first block drops nothing
        rows.add(java.util.Arrays.copyOfRange(factors, row * PICTURES, (row + 1) * PICTURES));
      }
    }
    for (int a = 0; a < rows.size(); a++) {
      for (int b = 0; b < a; b++) {
        assertEquals(0, correlation(rows.get(a), rows.get(b)), 0.035, a + " and " + b);
      }
    }
  }

  /** As for two global crops of a picture and eight local ones: draws of different shapes. */
  @Test
  void passesOfOtherSizesBeginDifferently() {
    float[] global = draw(3, 0, 0, 400);
    float[] local = draw(3, 0, 1, 1600);
    assertEquals(0, correlation(global, local), 0.07);
    double samePass = correlation(global, draw(3, 0, 0, 1600));
    assertTrue(samePass > 0.2, "draws from one seed begin alike, but these do not: " + samePass);
  }

  @Test
  void batchesAndRunsDifferAndRepeat() {
    float[] first = draw(3, 0, 0, 500);
    assertArrayEquals(first, draw(3, 0, 0, 500));
    assertFalse(java.util.Arrays.equals(first, draw(3, 1, 0, 500)));
    assertFalse(java.util.Arrays.equals(first, draw(4, 0, 0, 500)));
  }

  @Test
  void nothingIsDrawnForRateZeroOrOneBlock() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      TokenLayers.Size size = new TokenLayers.Size(tf.constant(2), tf.constant(3));
      Operand<TInt64> seed = tf.constant(new long[] {1, 2});
      assertEquals(
          DropPath.Factors.NONE, DropPath.create(tf, Mode.student(0, seed), 4, size).of(3));
      assertEquals(
          DropPath.Factors.NONE, DropPath.create(tf, Mode.student(0.1, seed), 1, size).of(0));
      assertTrue(DropPath.create(tf, Mode.student(0.1, seed), 4, size).of(3).mlp().isPresent());
    }
  }

  @Test
  void aFactorIsRepeatedForEachTokenOfItsPicture() {
    float[] rows =
        Computed.of(
                (tf, p) -> {
                  Mode mode = Mode.student(0.5, tf.constant(new long[] {3, 0}));
                  TokenLayers.Size size = new TokenLayers.Size(tf.constant(50), tf.constant(3));
                  return List.of(DropPath.create(tf, mode, 2, size).of(1).mlp().orElseThrow());
                })
            .get(0);
    assertEquals(150, rows.length);
    int dropped = 0;
    for (int i = 0; i < 150; i++) {
      assertEquals(rows[i / 3 * 3], rows[i]);
      dropped += rows[i] == 0 ? 1 : 0;
    }
    assertTrue(dropped > 0 && dropped < 150);
  }

  @Test
  void refusesRatesThatAreNone() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Mode(
                true,
                true,
                0.1,
                java.util.Optional.empty(),
                0,
                Arithmetic.PLAIN,
                Workers.ONE,
                true));
  }

  private static float[] draw(long run, long batch, int pass, int pictures) {
    return Computed.of(
            (tf, p) -> {
              Operand<TInt64> seed = tf.constant(new long[] {run, batch});
              Mode mode = Mode.student(RATE, seed).forPass(pass);
              Operand<TFloat32> drawn = DropPath.perPicture(tf, mode, DEPTH, tf.constant(pictures));
              return List.of(drawn);
            })
        .get(0);
  }

  /** Pearson's, over what both have. */
  private static double correlation(float[] a, float[] b) {
    int n = Math.min(a.length, b.length);
    double meanA = 0;
    double meanB = 0;
    for (int i = 0; i < n; i++) {
      meanA += a[i] / (double) n;
      meanB += b[i] / (double) n;
    }
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < n; i++) {
      product += (a[i] - meanA) * (b[i] - meanB);
      squareA += (a[i] - meanA) * (a[i] - meanA);
      squareB += (b[i] - meanB) * (b[i] - meanB);
    }
    return product / Math.sqrt(squareA * squareB);
  }
}
