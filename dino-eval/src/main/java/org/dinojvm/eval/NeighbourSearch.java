package org.dinojvm.eval;

import static com.google.common.base.Preconditions.checkArgument;

import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Exact nearest neighbours by cosine similarity, searched by native matrix products.
 *
 * <p>Letters in shapes: N indexed rows, Q queries, D features, K neighbours.
 */
public final class NeighbourSearch implements AutoCloseable {

  /** Similarities held at once: 2²⁵ floats are 128 MiB. */
  private static final int SIMILARITIES_PER_CHUNK = 1 << 25;

  private static final int MAX_QUERIES_PER_CHUNK = 1024;

  /** Smallest norm that is divided by, as in the published evaluation. */
  private static final float NORM_EPSILON = 1e-12f;

  private final int size;
  private final int width;
  private final Graph graph;
  private final Session session;
  private final Placeholder<TFloat32> rows;
  private final Placeholder<TFloat32> index;
  private final Placeholder<TInt32> count;
  private final Operand<TFloat32> normalized;
  private final TopK<TFloat32, TInt32> nearest;
  private final Result normalizedIndex;

  /**
   * What a search found, both [Q, K] with the most similar first; of equals, the first row indexed.
   *
   * @param indices rows of the index
   * @param similarities their cosines with the query
   */
  public record Neighbours(int[][] indices, float[][] similarities) {}

  /**
   * Indexes features.
   *
   * @param features [N, D], any length
   */
  public NeighbourSearch(float[][] features) {
    checkArgument(features.length > 0, "no features to search in: at least one row is needed");
    this.size = features.length;
    this.width = features[0].length;
    checkRows(features, "indexed");
    this.graph = new Graph();
    Ops tf = Ops.create(graph);
    this.rows = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, width)));
    this.index = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(size, width)));
    this.count = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    this.normalized = normalize(tf, rows);
    Operand<TFloat32> similarities = // (Q, D) × (N, D)ᵀ -> (Q, N)
        tf.linalg.matMul(normalized, index, MatMul.transposeB(true));
    this.nearest = tf.nn.topK(similarities, count, TInt32.class);
    this.session = new Session(graph);
    try (TFloat32 all = Rows.toTensor(features, 0, size)) {
      this.normalizedIndex = session.runner().feed(rows, all).fetch(normalized).run();
    }
  }

  /** Number of rows that are searched. */
  public int size() {
    return size;
  }

  /**
   * Finds the rows most similar to each query.
   *
   * @param queries [Q, D], any length
   * @param neighbours how many to find, at most {@link #size}
   */
  public Neighbours nearest(float[][] queries, int neighbours) {
    checkArgument(
        neighbours >= 1 && neighbours <= size,
        "cannot find %s neighbours among %s rows: 1 to %s are possible",
        neighbours,
        size,
        size);
    checkRows(queries, "queried");
    int chunk = Math.max(1, Math.min(MAX_QUERIES_PER_CHUNK, SIMILARITIES_PER_CHUNK / size));
    Neighbours found = new Neighbours(new int[queries.length][], new float[queries.length][]);
    try (TInt32 k = TInt32.scalarOf(neighbours)) {
      for (int from = 0; from < queries.length; from += chunk) {
        searchChunk(queries, from, Math.min(from + chunk, queries.length), k, found);
      }
    }
    return found;
  }

  private void searchChunk(float[][] queries, int from, int to, TInt32 k, Neighbours found) {
    try (TFloat32 chunk = Rows.toTensor(queries, from, to);
        Result result =
            session
                .runner()
                .feed(rows, chunk)
                .feed(index, normalizedIndex.get(0))
                .feed(count, k)
                .fetch(nearest.indices())
                .fetch(nearest.values())
                .run()) {
      int[][] indices = Rows.of((TInt32) result.get(0));
      float[][] similarities = Rows.of((TFloat32) result.get(1));
      System.arraycopy(indices, 0, found.indices, from, to - from);
      System.arraycopy(similarities, 0, found.similarities, from, to - from);
    }
  }

  /** (N, D) -> (N, D), rows of length 1. */
  private static Operand<TFloat32> normalize(Ops tf, Operand<TFloat32> rows) {
    Operand<TFloat32> norms =
        tf.math.sqrt(tf.reduceSum(tf.math.square(rows), tf.constant(1), ReduceSum.keepDims(true)));
    return tf.math.div(rows, tf.math.maximum(norms, tf.constant(NORM_EPSILON)));
  }

  private void checkRows(float[][] features, String role) {
    for (int row = 0; row < features.length; row++) {
      checkArgument(
          features[row].length == width,
          "%s row %s has %s features, the index has %s: use features of one model",
          role,
          row,
          features[row].length,
          width);
      checkArgument(
          isFinite(features[row]),
          "%s row %s holds NaN or infinity: the model that made it has diverged",
          role,
          row);
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
    normalizedIndex.close();
    session.close();
    graph.close();
  }
}
