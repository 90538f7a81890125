package org.dinojvm.explore.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.math.UnitRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapLayoutTest {

  private static final int CLOUDS = 5;
  private static final int EACH = 40;

  /** Clouds of directions, point i in cloud i mod 5. */
  private static float[][] clouds() {
    Random random = new Random(1);
    float[][] centers = new float[CLOUDS][16];
    float[][] points = new float[CLOUDS * EACH][16];
    for (float[] center : centers) {
      for (int i = 0; i < center.length; i++) {
        center[i] = (float) random.nextGaussian();
      }
    }
    for (int p = 0; p < points.length; p++) {
      for (int i = 0; i < points[p].length; i++) {
        points[p][i] = centers[p % CLOUDS][i] + 0.3f * (float) random.nextGaussian();
      }
    }
    return UnitRows.of(points);
  }

  private static float[][] map(float[][] vectors, long seed) {
    NeighbourGraph graph = NeighbourGraph.of(vectors, MapLayout.NEIGHBOURS, Progress.NONE);
    return MapLayout.of(vectors, graph, seed, Progress.NONE);
  }

  @Test
  void keepsCloudsTogether() {
    float[][] places = map(clouds(), 0);

    int same = 0;
    for (int i = 0; i < places.length; i++) {
      same += nearest(places, i) % CLOUDS == i % CLOUDS ? 1 : 0;
      assertTrue(places[i][0] >= 0 && places[i][0] <= 1 && places[i][1] >= 0);
    }
    assertEquals(places.length, same, 2);
  }

  private static int nearest(float[][] places, int of) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < places.length; i++) {
      double distance = Math.hypot(places[i][0] - places[of][0], places[i][1] - places[of][1]);
      if (i != of && distance < least) {
        best = i;
        least = distance;
      }
    }
    return best;
  }

  @Test
  void aSeedGivesAMap() {
    float[][] vectors = clouds();
    assertArrayEquals(map(vectors, 7), map(vectors, 7));
    assertTrue(map(vectors, 7)[0][0] != map(vectors, 8)[0][0]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10})
  void worksForFew(int count) {
    float[][] vectors = Arrays.copyOf(clouds(), count);
    for (float[] place : map(vectors, 0)) {
      assertTrue(Float.isFinite(place[0]) && Float.isFinite(place[1]));
    }
  }

  @Test
  void neighboursAreOthers() {
    NeighbourGraph graph =
        NeighbourGraph.of(new float[][] {{1, 0}, {1, 0}, {0, 1}}, 5, Progress.NONE);
    assertArrayEquals(new int[] {1, 2}, graph.indices()[0]);
    assertArrayEquals(new int[] {0, 2}, graph.indices()[1]);
    assertEquals(1, graph.similarities()[0][0], 1e-6);
  }

  @Test
  void theCurveGoesFromCellToCell() {
    int side = 8;
    float[][] cells = new float[side * side][];
    for (int i = 0; i < cells.length; i++) {
      int row = i / side;
      cells[i] = new float[] {(i % side + 0.5f) / side, (row + 0.5f) / side};
    }
    int[] order = HilbertCurve.order(cells);
    for (int i = 1; i < order.length; i++) {
      int dx = Math.abs(order[i] % side - order[i - 1] % side);
      int dy = Math.abs(order[i] / side - order[i - 1] / side);
      assertEquals(1, dx + dy);
    }
  }
}
