package org.dinojvm.explore.curate;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dinojvm.explore.index.IndexedPicture;
import org.dinojvm.explore.layout.NeighbourGraph;

/** Pictures that are nearly the same. */
public final class Duplicates {

  private Duplicates() {}

  /** Tells copies. */
  @FunctionalInterface
  public interface CopyTest {

    /**
     * Whether two pictures are copies.
     *
     * @param similarity cosine of their features
     */
    boolean test(int first, int second, float similarity);
  }

  /**
   * Pictures that hang together by similarities.
   *
   * @param pictures numbers, the one to keep first: with the most pixels, then the most bytes, then
   *     the first by name
   */
  public record Group(ImmutableList<Integer> pictures) {

    /** The one to keep. */
    public int kept() {
      return pictures.get(0);
    }

    /** The others. */
    public ImmutableList<Integer> copies() {
      return pictures.subList(1, pictures.size());
    }
  }

  /**
   * Groups of at least two, joined by pairs of near neighbours.
   *
   * @param isCopy asked of each pair once
   * @return the largest group first
   */
  public static ImmutableList<Group> of(
      List<IndexedPicture> pictures, NeighbourGraph graph, CopyTest isCopy) {
    int[] parent = new int[graph.size()];
    for (int i = 0; i < parent.length; i++) {
      parent[i] = i;
    }
    for (int i = 0; i < graph.size(); i++) {
      for (int n = 0; n < graph.indices()[i].length; n++) {
        int j = graph.indices()[i][n];
        boolean asked = j < i && Ints.contains(graph.indices()[j], i);
        if (!asked && isCopy.test(i, j, graph.similarities()[i][n])) {
          parent[root(parent, i)] = root(parent, j);
        }
      }
    }
    Map<Integer, List<Integer>> members = new TreeMap<>();
    for (int i = 0; i < parent.length; i++) {
      members.computeIfAbsent(root(parent, i), root -> new ArrayList<>()).add(i);
    }
    Comparator<Integer> best =
        Comparator.comparingLong(
                (Integer i) -> -(long) pictures.get(i).width() * pictures.get(i).height())
            .thenComparingLong(i -> -pictures.get(i).bytes())
            .thenComparing(i -> pictures.get(i).name());
    return members.values().stream()
        .filter(group -> group.size() > 1)
        .map(group -> new Group(ImmutableList.sortedCopyOf(best, group)))
        .sorted(Comparator.comparingInt((Group group) -> -group.pictures.size()))
        .collect(ImmutableList.toImmutableList());
  }

  private static int root(int[] parent, int of) {
    int root = of;
    while (parent[root] != root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }
}
