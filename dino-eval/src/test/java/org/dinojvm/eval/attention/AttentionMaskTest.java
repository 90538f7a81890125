package org.dinojvm.eval.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionMaskTest {

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.3, 0.6, 0.9, 0.99})
  void keepsThePatchesThatThePublishedSortKeeps(double mass) {
    Random random = new Random(3);
    for (int run = 0; run < 50; run++) {
      float[] map = new float[1 + random.nextInt(60)];
      for (int patch = 0; patch < map.length; patch++) {
        map[patch] = (float) Math.exp(2 * random.nextGaussian());
      }
      assertArrayEquals(publishedMask(map, mass), AttentionMask.of(map, mass));
    }
  }

  @Test
  void roundingDoesNotAddAPatch() {
    float[] equal = new float[10];
    Arrays.fill(equal, 0.1f);
    boolean[] mask = AttentionMask.of(equal, 0.6);
    assertArrayEquals(
        new boolean[] {true, true, true, true, true, true, false, false, false, false}, mask);
  }

  @Test
  void namesTheMistake() {
    assertEquals(
        "mass 60.0 must be above 0 and at most 1",
        assertThrows(IllegalArgumentException.class, () -> AttentionMask.of(new float[] {1}, 60))
            .getMessage());
  }

  /** Ascending cumulative share above 1 − mass, as the published script writes it. */
  private static boolean[] publishedMask(float[] map, double mass) {
    float[] sorted = map.clone();
    Arrays.sort(sorted);
    double total = 0;
    for (float value : sorted) {
      total += value;
    }
    double share = 0;
    float threshold = Float.POSITIVE_INFINITY;
    for (int i = 0; i < sorted.length && threshold == Float.POSITIVE_INFINITY; i++) {
      share += sorted[i] / total;
      if (share > 1 - mass) {
        threshold = sorted[i];
      }
    }
    boolean[] mask = new boolean[map.length];
    for (int patch = 0; patch < map.length; patch++) {
      mask[patch] = map[patch] >= threshold;
    }
    return mask;
  }
}
