package org.dinojvm.explore.curate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.math.UnitRows;
import org.dinojvm.explore.curate.Duplicates.Group;
import org.dinojvm.explore.index.IndexedPicture;
import org.dinojvm.explore.layout.NeighbourGraph;
import org.junit.jupiter.api.Test;

class CurateTest {

  private static final int PICTURES = 60;
  private static final int DIMENSIONS = 12;

  private static float[][] vectors() {
    Random random = new Random(3);
    float[][] vectors = new float[PICTURES][DIMENSIONS];
    for (float[] vector : vectors) {
      vector[0] = 3; // all in one direction, but for noise
      for (int i = 0; i < vector.length; i++) {
        vector[i] += (float) random.nextGaussian() * 0.5f;
      }
    }
    copy(vectors, 5, 1);
    copy(vectors, 9, 1);
    copy(vectors, 20, 30);
    Arrays.fill(vectors[40], 0);
    vectors[40][7] = -1; // like no other
    return UnitRows.of(vectors);
  }

  private static void copy(float[][] vectors, int from, int to) {
    for (int i = 0; i < DIMENSIONS; i++) {
      vectors[to][i] = vectors[from][i] * 1.001f;
    }
    if (to == 1) {
      vectors[from] = vectors[1].clone();
    }
  }

  private static List<IndexedPicture> pictures() {
    List<IndexedPicture> pictures = new ArrayList<>();
    for (int i = 0; i < PICTURES; i++) {
      pictures.add(
          new IndexedPicture(
              "%02d.png".formatted(i),
              Path.of("/data/%02d.png".formatted(i)),
              Optional.empty(),
              "",
              i == 30 ? 20 : 10,
              10,
              100,
              0,
              ""));
    }
    return pictures;
  }

  @Test
  void groupsCopiesAndKeepsTheLargest() {
    float[][] vectors = vectors();
    NeighbourGraph graph = NeighbourGraph.of(vectors, 20, Progress.NONE);

    ImmutableList<Group> groups =
        Duplicates.of(pictures(), graph, (i, j, cosine) -> cosine >= 0.9999);

    List<List<Integer>> found = groups.stream().map(g -> List.copyOf(g.pictures())).toList();
    assertTrue(found.contains(List.of(1, 9)), found::toString);
    assertTrue(found.contains(List.of(30, 20)), found::toString);
    assertEquals(30, groups.get(found.indexOf(List.of(30, 20))).kept());
  }

  @Test
  void findsWhatIsFar() {
    Outliers outliers = Outliers.of(NeighbourGraph.of(vectors(), 20, Progress.NONE));
    assertEquals(40, outliers.farthest(1)[0]);
    assertEquals(40, outliers.unusual()[0]);
  }

  @Test
  void eachOfASubsetIsFarthestFromThoseBefore() {
    float[][] vectors = vectors();
    int[] chosen = DiverseSubset.of(vectors, 15, 0, Progress.NONE);

    for (int i = 1; i < chosen.length; i++) {
      double own = nearest(vectors, chosen[i], chosen, i);
      for (int other = 0; other < vectors.length; other++) {
        assertTrue(own <= nearest(vectors, other, chosen, i) + 1e-6);
      }
    }
    assertArrayEquals(chosen, DiverseSubset.of(vectors, 15, 0, Progress.NONE));
  }

  /** Cosine with the most similar of those that were chosen first. */
  private static double nearest(float[][] vectors, int of, int[] chosen, int first) {
    double most = -1;
    for (int i = 0; i < first; i++) {
      double dot = 0;
      for (int d = 0; d < DIMENSIONS; d++) {
        dot += vectors[of][d] * vectors[chosen[i]][d];
      }
      most = Math.max(most, dot);
    }
    return most;
  }

  @Test
  void allOfThemIsASubset() {
    int[] all = DiverseSubset.of(vectors(), PICTURES, 4, Progress.NONE);
    assertEquals(PICTURES, Arrays.stream(all).distinct().count());
  }
}
