package org.dinojvm.explore.index;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;
import org.dinojvm.explore.index.PictureIndex.Hit;

/**
 * How much an index finds of what an exact search finds.
 *
 * @param queries pictures of the index that were searched for, drawn at random
 * @param count neighbours of each
 * @param recall share of the exact neighbours that the index found; another picture that is as
 *     similar counts as well
 * @param queriesPerSecond of the index, one after the other
 * @param exactQueriesPerSecond of the exact search, all at once
 */
public record Recall(
    int queries, int count, double recall, double queriesPerSecond, double exactQueriesPerSecond) {

  /** Cosines that are nearer than rounding are equal. */
  private static final float ROUNDING = 1e-5f;

  /**
   * Compares.
   *
   * @param count neighbours to find for each query
   * @param most queries at most
   * @param seed of the draw
   */
  public static Recall of(PictureIndex index, int count, int most, long seed) throws IOException {
    return of(index, index.vectors(), count, most, seed);
  }

  /** The same with the index's pictures, read before. */
  public static Recall of(PictureIndex index, PictureVectors all, int count, int most, long seed)
      throws IOException {
    checkArgument(all.size() > 0, "the index is empty: there is nothing to check");
    int found = Math.min(count, all.size());
    float[][] queries = drawn(all, most, seed);
    long begin = System.nanoTime();
    Neighbours exact;
    try (NeighbourSearch search = new NeighbourSearch(all.vectors())) {
      exact = search.nearest(queries, found);
    }
    double exactSeconds = (System.nanoTime() - begin) / 1e9;
    begin = System.nanoTime();
    int kept = 0;
    for (int query = 0; query < queries.length; query++) {
      kept += kept(all, exact, query, index.search(queries[query], found));
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Recall(
        queries.length,
        found,
        (double) kept / queries.length / found,
        queries.length / seconds,
        queries.length / exactSeconds);
  }

  private static float[][] drawn(PictureVectors all, int most, long seed) {
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, all.size()).boxed().toList());
    Collections.shuffle(numbers, new Random(seed));
    return numbers.stream()
        .limit(most)
        .map(number -> all.vectors()[number])
        .toArray(float[][]::new);
  }

  private static int kept(PictureVectors all, Neighbours exact, int query, List<Hit> hits) {
    Set<String> names = new HashSet<>();
    for (int row : exact.indices()[query]) {
      names.add(all.pictures().get(row).name());
    }
    float[] similarities = exact.similarities()[query];
    float last = similarities[similarities.length - 1] - ROUNDING;
    return (int)
        hits.stream()
            .filter(hit -> names.contains(hit.picture().name()) || hit.similarity() >= last)
            .count();
  }
}
