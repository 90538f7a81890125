package org.dinojvm.explore.layout;

import com.google.common.primitives.Floats;
import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureRows;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;

/**
 * The nearest others of each picture, found exactly.
 *
 * <p>Letters in shapes: N pictures, K neighbours.
 *
 * @param indices [N, K], the most similar first, never the picture itself
 * @param similarities [N, K], their cosines
 */
public record NeighbourGraph(int[][] indices, float[][] similarities) {

  /**
   * Searches all pairs.
   *
   * @param vectors [N, D]
   * @param count K; fewer where there are not so many others
   */
  public static NeighbourGraph of(float[][] vectors, int count, Progress progress) {
    int n = vectors.length;
    int wanted = Math.min(count, n - 1);
    if (wanted < 1) {
      return new NeighbourGraph(new int[n][0], new float[n][0]);
    }
    Neighbours found;
    try (NeighbourSearch search = new NeighbourSearch(FeatureRows.of(vectors), progress)) {
      found = search.nearest(vectors, wanted + 1);
    }
    int[][] indices = new int[n][];
    float[][] similarities = new float[n][];
    for (int i = 0; i < n; i++) {
      List<Integer> others = new ArrayList<>(wanted);
      List<Float> cosines = new ArrayList<>(wanted);
      for (int j = 0; j < found.indices()[i].length && others.size() < wanted; j++) {
        if (found.indices()[i][j] != i) {
          others.add(found.indices()[i][j]);
          cosines.add(found.similarities()[i][j]);
        }
      }
      indices[i] = Ints.toArray(others);
      similarities[i] = Floats.toArray(cosines);
    }
    return new NeighbourGraph(indices, similarities);
  }

  /** Number of pictures. */
  public int size() {
    return indices.length;
  }
}
