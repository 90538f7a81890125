package org.dinojvm.eval.knn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureRows;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;
import org.junit.jupiter.api.Test;

/** A search block by block finds what a search at once does, ties included. */
class NeighbourBlocksTest {

  @Test
  void blocksChangeNothing() {
    Random random = new Random(1);
    float[][] rows = new float[50][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          i % 7 == 3 // copies of earlier rows, in other blocks
              ? rows[i - 3].clone()
              : new float[] {random.nextFloat(), random.nextFloat(), random.nextFloat()};
    }
    try (NeighbourSearch once = new NeighbourSearch(rows);
        NeighbourSearch blocks = new NeighbourSearch(FeatureRows.of(rows), Progress.NONE, 8)) {
      Neighbours expected = once.nearest(rows, 20);
      Neighbours actual = blocks.nearest(rows, 20);
      for (int query = 0; query < rows.length; query++) {
        assertArrayEquals(expected.indices()[query], actual.indices()[query]);
        assertArrayEquals(expected.similarities()[query], actual.similarities()[query], 1e-6f);
      }
    }
  }
}
