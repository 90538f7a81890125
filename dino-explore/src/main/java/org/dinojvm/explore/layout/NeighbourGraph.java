package org.dinojvm.explore.layout;

import com.google.common.primitives.Floats;
import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.Arrays;
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

  /**
   * The neighbours of both graphs, each once: these first, then the other's.
   *
   * @param similarity of two pictures by number; the other graph's own is not kept
   */
  public NeighbourGraph and(NeighbourGraph other, Similarity similarity) {
    int[][] joined = new int[size()][];
    float[][] cosines = new float[size()][];
    for (int i = 0; i < joined.length; i++) {
      int[] own = indices[i];
      int[] more = Arrays.stream(other.indices[i]).filter(j -> !Ints.contains(own, j)).toArray();
      joined[i] = Ints.concat(own, more);
      cosines[i] = Floats.concat(similarities[i], new float[more.length]);
      for (int n = 0; n < more.length; n++) {
        cosines[i][own.length + n] = similarity.of(i, more[n]);
      }
    }
    return new NeighbourGraph(joined, cosines);
  }

  /** How alike two pictures are. */
  @FunctionalInterface
  public interface Similarity {
    /** Of two pictures by number. */
    float of(int first, int second);
  }

  /** Number of pictures. */
  public int size() {
    return indices.length;
  }
}
