package org.dinojvm.eval.copies;

import com.google.common.primitives.ImmutableIntArray;
import java.util.List;
import java.util.Optional;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.eval.math.Whitening;

/** Pictures among which copies look for their originals, as they are or whitened. */
final class CopyIndex implements AutoCloseable {

  /** Pictures that count for a query, as published. */
  private static final int TOP = 20;

  private final Optional<Whitening> whitening;
  private final NeighbourSearch search;

  CopyIndex(float[][] database, Optional<Whitening> whitening) {
    this.whitening = whitening;
    this.search = new NeighbourSearch(processed(database));
  }

  /**
   * Scores copies.
   *
   * @param queries [Q, D]
   * @param originals of each, in the database
   */
  CopyScores score(float[][] queries, List<ImmutableIntArray> originals) {
    int[][] found = search.nearest(processed(queries), Math.min(TOP, search.size())).indices();
    return CopyScores.of(List.of(found), originals);
  }

  private float[][] processed(float[][] rows) {
    return whitening.map(learned -> learned.apply(rows)).orElse(rows);
  }

  @Override
  public void close() {
    search.close();
  }
}
