package org.dinojvm.explore.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.dinojvm.eval.math.UnitRows;
import org.junit.jupiter.api.Test;

class PatchSpaceTest {

  private static final int SIDE = 6;
  private static final int WIDTH = 40;

  /** A few kinds of patches, and noise. */
  private static List<PatchView> views() {
    Random random = new Random(5);
    float[][] kinds = new float[4][WIDTH];
    for (float[] kind : kinds) {
      for (int i = 0; i < WIDTH; i++) {
        kind[i] = (float) random.nextGaussian();
      }
    }
    List<PatchView> views = new ArrayList<>();
    for (int picture = 0; picture < 5; picture++) {
      float[][] tokens = new float[SIDE * SIDE][WIDTH];
      for (float[] token : tokens) {
        float[] kind = kinds[random.nextInt(kinds.length)];
        for (int i = 0; i < WIDTH; i++) {
          token[i] = kind[i] + 0.3f * (float) random.nextGaussian();
        }
      }
      views.add(new PatchView(48, SIDE, SIDE, new float[0][], Optional.of(UnitRows.of(tokens))));
    }
    return views;
  }

  @Test
  void productsOfShortTokensAreCosines() {
    List<PatchView> views = views();
    PatchSpace space = PatchSpace.of(views);
    assertEquals(WIDTH, space.dimensions());
    assertEquals(1, space.kept(), 1e-9);
    float[][] tokens = views.get(2).tokens().orElseThrow();
    byte[] shortened = space.shortTokens(tokens);

    for (int a = 0; a < tokens.length; a++) {
      for (int b = 0; b < tokens.length; b++) {
        assertEquals(cosine(tokens[a], tokens[b]), cosine(shortened, a, b), 0.02);
      }
    }
  }

  private static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static double cosine(byte[] tokens, int a, int b) {
    double product = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < WIDTH; i++) {
      product += (double) tokens[a * WIDTH + i] * tokens[b * WIDTH + i];
      squaresA += (double) tokens[a * WIDTH + i] * tokens[a * WIDTH + i];
      squaresB += (double) tokens[b * WIDTH + i] * tokens[b * WIDTH + i];
    }
    return product / Math.sqrt(squaresA * squaresB);
  }

  @Test
  void theSameTokenHasTheSameColorInEveryPicture() {
    List<PatchView> views = views();
    PatchSpace space = PatchSpace.of(views);
    float[][] one = views.get(0).tokens().orElseThrow();
    float[][] other = views.get(1).tokens().orElseThrow().clone();
    other[7] = one[3];
    byte[] expected = Arrays.copyOfRange(space.colors(one), 9, 12);
    byte[] found = Arrays.copyOfRange(space.colors(other), 21, 24);
    assertArrayEquals(expected, found);
    int lit = 0;
    for (byte value : space.colors(one)) {
      lit += value != 0 ? 1 : 0;
    }
    assertTrue(lit > 0, "all is background");
  }
}
