package org.dinojvm.eval.knn;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureRows;
import org.dinojvm.eval.Rows;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Exact nearest neighbours by cosine similarity, searched by native matrix products, block by block
 * of the index, so that neither the index nor its similarities to all queries have to fit into
 * memory.
 *
 * <p>Letters in shapes: N indexed rows, Q queries, D features, K neighbours.
 */
public final class NeighbourSearch implements AutoCloseable {

  /** Rows of the index in native memory at a time: of 384 features, 96 MiB. */
  private static final int ROWS_PER_BLOCK = 1 << 16;

  /** Similarities held at once: 2²⁵ floats are 128 MiB. */
  private static final int SIMILARITIES_PER_CHUNK = 1 << 25;

  private static final int MAX_QUERIES_PER_CHUNK = 1024;

  /** Smallest norm that is divided by, as in the published evaluation. */
  private static final float NORM_EPSILON = 1e-12f;

  private final FeatureRows indexed;
  private final int rowsPerBlock;
  private final Progress progress;
  private final int width;
  private final Graph graph;
  private final Session session;
  private final Placeholder<TFloat32> rows;
  private final Placeholder<TFloat32> index;
  private final Placeholder<TInt32> count;
  private final Operand<TFloat32> normalized;
  private final TopK<TFloat32, TInt32> nearest;

  /**
   * What a search found, both [Q, K] with the most similar first; of equals, the first row indexed.
   *
   * @param indices rows of the index
   * @param similarities their cosines with the query
   */
  public record Neighbours(int[][] indices, float[][] similarities) {}

  /**
   * Indexes features in memory.
   *
   * @param features [N, D], any length
   */
  public NeighbourSearch(float[][] features) {
    this(FeatureRows.of(features), Progress.NONE);
  }

  /**
   * Indexes features.
   *
   * @param features [N, D], any length, wherever they are
   * @param progress hears of each block that was searched; may cancel
   */
  public NeighbourSearch(FeatureRows features, Progress progress) {
    this(features, progress, ROWS_PER_BLOCK);
  }

  NeighbourSearch(FeatureRows features, Progress progress, int rowsPerBlock) {
    checkArgument(features.rows() > 0, "no features to search in: at least one row is needed");
    this.indexed = features;
    this.progress = progress;
    this.rowsPerBlock = rowsPerBlock;
    this.width = features.width();
    this.graph = new Graph();
    Ops tf = Ops.create(graph);
    this.rows = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, width)));
    this.index = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, width)));
    this.count = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    this.normalized = normalize(tf, rows);
    Operand<TFloat32> similarities = // (Q, D) × (N, D)ᵀ -> (Q, N)
        tf.linalg.matMul(normalized, index, MatMul.transposeB(true));
    this.nearest = tf.nn.topK(similarities, count, TInt32.class);
    this.session = new Session(graph);
  }

  /** Number of rows that are searched. */
  public int size() {
    return indexed.rows();
  }

  /**
   * Finds the rows most similar to each query.
   *
   * @param queries [Q, D], any length
   * @param neighbours how many to find, at most {@link #size}
   */
  public Neighbours nearest(float[][] queries, int neighbours) {
    return nearest(FeatureRows.of(queries), neighbours);
  }

  /**
   * Finds the rows most similar to each query.
   *
   * @param queries [Q, D], any length, wherever they are
   * @param neighbours how many to find, at most {@link #size}
   */
  public Neighbours nearest(FeatureRows queries, int neighbours) {
    checkArgument(
        neighbours >= 1 && neighbours <= size(),
        "cannot find %s neighbours among %s rows: 1 to %s are possible",
        neighbours,
        size(),
        size());
    int block = Math.min(rowsPerBlock, size());
    int chunk = Math.max(1, Math.min(MAX_QUERIES_PER_CHUNK, SIMILARITIES_PER_CHUNK / block));
    Neighbours found = new Neighbours(new int[queries.rows()][], new float[queries.rows()][]);
    try {
      for (int first = 0; first < size(); first += rowsPerBlock) {
        int last = Math.min(first + rowsPerBlock, size());
        float[][] some = indexed.read(first, last);
        checkRows(some, first, "indexed");
        try (TFloat32 all = Rows.toTensor(some);
            Result unit = session.runner().feed(rows, all).fetch(normalized).run();
            TInt32 k = TInt32.scalarOf(Math.min(neighbours, last - first))) {
          for (int from = 0; from < queries.rows(); from += chunk) {
            int to = Math.min(from + chunk, queries.rows());
            searchChunk(queries.read(from, to), from, unit.get(0), first, k, found, neighbours);
          }
        }
        if (size() > rowsPerBlock) {
          progress.report(last, size());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("features cannot be read: " + e.getMessage(), e);
    }
    return found;
  }

  private void searchChunk(
      float[][] queries,
      int from,
      Tensor block,
      int first,
      TInt32 k,
      Neighbours found,
      int neighbours) {
    checkRows(queries, from, "queried");
    try (TFloat32 chunk = Rows.toTensor(queries);
        Result result =
            session
                .runner()
                .feed(rows, chunk)
                .feed(index, block)
                .feed(count, k)
                .fetch(nearest.indices())
                .fetch(nearest.values())
                .run()) {
      int[][] indices = Rows.of((TInt32) result.get(0));
      float[][] similarities = Rows.of((TFloat32) result.get(1));
      for (int query = 0; query < indices.length; query++) {
        merge(found, from + query, first, indices[query], similarities[query], neighbours);
      }
    }
  }

  /** Both lists are sorted; of equals, the one of the earlier block goes first. */
  private static void merge(
      Neighbours found, int query, int first, int[] indices, float[] similarities, int most) {
    for (int i = 0; i < indices.length; i++) {
      indices[i] += first;
    }
    int[] before = found.indices[query];
    if (before == null) {
      found.indices[query] = indices;
      found.similarities[query] = similarities;
      return;
    }
    float[] beforeSimilarities = found.similarities[query];
    int[] merged = new int[Math.min(most, before.length + indices.length)];
    float[] mergedSimilarities = new float[merged.length];
    int old = 0;
    int added = 0;
    for (int i = 0; i < merged.length; i++) {
      boolean takeOld =
          added == indices.length
              || (old < before.length && beforeSimilarities[old] >= similarities[added]);
      merged[i] = takeOld ? before[old] : indices[added];
      mergedSimilarities[i] = takeOld ? beforeSimilarities[old++] : similarities[added++];
    }
    found.indices[query] = merged;
    found.similarities[query] = mergedSimilarities;
  }

  /** (N, D) -> (N, D), rows of length 1. */
  private static Operand<TFloat32> normalize(Ops tf, Operand<TFloat32> rows) {
    Operand<TFloat32> norms =
        tf.math.sqrt(tf.reduceSum(tf.math.square(rows), tf.constant(1), ReduceSum.keepDims(true)));
    return tf.math.div(rows, tf.math.maximum(norms, tf.constant(NORM_EPSILON)));
  }

  private void checkRows(float[][] features, int first, String role) {
    for (int row = 0; row < features.length; row++) {
      checkArgument(
          features[row].length == width,
          "%s row %s has %s features, the index has %s: use features of one model",
          role,
          first + row,
          features[row].length,
          width);
      checkArgument(
          isFinite(features[row]),
          "%s row %s holds NaN or infinity: the model that made it has diverged",
          role,
          first + row);
    }
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
