package org.dinojvm.visual;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PatchMapTest {

  private static final PatchMap MAP = new PatchMap(new float[] {0, 1, 2, 10, 11, 12}, 3);

  @Test
  void isExactAtTheCentresAndLinearBetween() {
    assertEquals(0, MAP.at(0.5f, 0.5f));
    assertEquals(12, MAP.at(2.5f, 1.5f));
    assertEquals(0.5f, MAP.at(1, 0.5f));
    assertEquals(6.25f, MAP.at(1.75f, 1), 1e-6f);
  }

  @Test
  void endsAtTheBorder() {
    assertEquals(0, MAP.at(0, 0));
    assertEquals(12, MAP.at(3, 2));
    assertEquals(7, new PatchMap(new float[] {7}, 1).at(0.9f, 0.1f));
  }

  @Test
  void stretchesFromLeastToMost() {
    assertArrayEquals(
        new float[] {0, 0.5f, 1}, new PatchMap(new float[] {3, 4, 5}, 3).stretched().values());
    assertArrayEquals(
        new float[] {0, 0}, new PatchMap(new float[] {0.25f, 0.25f}, 2).stretched().values());
  }

  @Test
  void averagesHeads() {
    PatchMap mean =
        PatchMap.mean(new PatchMap(new float[] {1, 2}, 2), new PatchMap(new float[] {3, 6}, 2));
    assertArrayEquals(new float[] {2, 4}, mean.values());
  }
}
