package org.dinojvm.explore.curate;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
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
   * @param threshold cosine from which two pictures are copies
   * @return the largest group first
   */
  public static ImmutableList<Group> of(
      List<IndexedPicture> pictures, NeighbourGraph graph, double threshold) {
    checkArgument(
        threshold > 0 && threshold <= 1,
        "--duplicates %s must be above 0 and at most 1",
        threshold);
    int[] parent = new int[graph.size()];
    for (int i = 0; i < parent.length; i++) {
      parent[i] = i;
    }
    for (int i = 0; i < graph.size(); i++) {
      for (int n = 0; n < graph.indices()[i].length; n++) {
        if (graph.similarities()[i][n] >= threshold) {
          parent[root(parent, i)] = root(parent, graph.indices()[i][n]);
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
