package org.dinojvm.model.loss;

import java.util.List;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * InfoNCE: among the pictures of a batch, over all workers, a view shall find the other view of its
 * own picture.
 *
 * <p>Letters in shapes: B pictures of this worker, A of all workers, D features.
 *
 * @param temperature T
 * @param workers that gather their rows
 */
public record Contrast(double temperature, Workers workers) {

  /** Added to a logit, it leaves nothing of it in a softmax. */
  private static final float NEVER = -1e9f;

  /**
   * SimCLR's NT-Xent (Chen et al. 2020, arXiv:2002.05709, eq. 1): of 2A − 1 candidates, only the
   * row itself is left out. Mean over 2B rows, as lightly and solo-learn have it; the own code adds
   * the means of the two halves.
   *
   * @param z0 first views, [B, D], of any length
   * @param z1 second views
   * @return scalar
   */
  public Operand<TFloat32> ntXent(Ops tf, Operand<TFloat32> z0, Operand<TFloat32> z1) {
    Operand<TFloat32> first = Layers.l2Normalize(tf, z0);
    Operand<TFloat32> second = Layers.l2Normalize(tf, z1);
    Operand<TFloat32> rows = tf.concat(List.of(first, second), tf.constant(0)); // [2B, D]
    Operand<TFloat32> allFirst = workers.gather(tf, first);
    Operand<TFloat32> all = // [2A, D]
        tf.concat(List.of(allFirst, workers.gather(tf, second)), tf.constant(0));
    Operand<TInt32> ofAll = count(tf, all);
    Operand<TInt32> ownFirst = own(tf, first);
    Operand<TInt32> ownSecond = tf.math.add(ownFirst, count(tf, allFirst));
    Operand<TFloat32> self =
        oneHot(tf, tf.concat(List.of(ownFirst, ownSecond), tf.constant(0)), ofAll);
    Operand<TFloat32> other =
        oneHot(tf, tf.concat(List.of(ownSecond, ownFirst), tf.constant(0)), ofAll);
    Operand<TFloat32> logits =
        tf.math.add(similarities(tf, rows, all), tf.math.mul(self, tf.constant(NEVER)));
    return crossEntropy(tf, logits, other);
  }

  /**
   * MoCo v3 (Chen et al. 2021, arXiv:2104.02057, algorithm 1): CE(q1·k2/T) + CE(q2·k1/T), each
   * times 2T. The candidates are the other view's keys, which get no gradient.
   *
   * @param q1 queries of the first view, [B, D], of any length
   * @param q2 of the second
   * @param k1 keys of the first view, [B, D]
   * @param k2 of the second
   * @return scalar
   */
  public Operand<TFloat32> moco(
      Ops tf,
      Operand<TFloat32> q1,
      Operand<TFloat32> q2,
      Operand<TFloat32> k1,
      Operand<TFloat32> k2) {
    return tf.math.mul(
        tf.math.add(queries(tf, q1, k2), queries(tf, q2, k1)),
        tf.constant((float) (2 * temperature)));
  }

  private Operand<TFloat32> queries(Ops tf, Operand<TFloat32> queries, Operand<TFloat32> keys) {
    Operand<TFloat32> rows = Layers.l2Normalize(tf, queries);
    Operand<TFloat32> all =
        workers.gather(tf, tf.stopGradient(Layers.l2Normalize(tf, keys))); // [A, D]
    Operand<TFloat32> labels = oneHot(tf, own(tf, rows), count(tf, all));
    return crossEntropy(tf, similarities(tf, rows, all), labels);
  }

  /** [n, D], [m, D] → cosines by T, [n, m]. */
  private Operand<TFloat32> similarities(
      Ops tf, Operand<TFloat32> rows, Operand<TFloat32> candidates) {
    Operand<TFloat32> cosines = tf.linalg.matMul(rows, candidates, MatMul.transposeB(true));
    return tf.math.mul(cosines, tf.constant((float) (1 / temperature)));
  }

  private static Operand<TFloat32> crossEntropy(
      Ops tf, Operand<TFloat32> logits, Operand<TFloat32> labels) {
    return tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, labels).loss(), tf.constant(0));
  }

  /** Where this worker's rows are among those of all workers, [B]. */
  private Operand<TInt32> own(Ops tf, Operand<TFloat32> rows) {
    Operand<TInt32> count = count(tf, rows);
    Operand<TInt32> numbers = tf.range(tf.constant(0), count, tf.constant(1));
    return workers.rank() == 0
        ? numbers
        : tf.math.add(numbers, tf.math.mul(count, tf.constant(workers.rank())));
  }

  private static Operand<TFloat32> oneHot(Ops tf, Operand<TInt32> places, Operand<TInt32> count) {
    return tf.oneHot(places, count, tf.constant(1f), tf.constant(0f));
  }

  /** Number of rows, scalar. */
  private static Operand<TInt32> count(Ops tf, Operand<TFloat32> rows) {
    return tf.reshape(
        tf.slice(tf.shape(rows), tf.constant(new int[] {0}), tf.constant(new int[] {1})),
        tf.constant(new int[0]));
  }
}
