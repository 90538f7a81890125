package org.dinojvm.model.xcit;

import static org.dinojvm.model.Layers.cast;

import java.util.List;
import org.dinojvm.model.Products;
import org.dinojvm.model.TokenLayers;
import org.dinojvm.model.TokenLayers.Product;
import org.dinojvm.model.TokenLayers.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Cross-covariance attention (El-Nouby et al. 2021, eq. 2) between its two linear layers: channels
 * attend to channels. O = V·Pᵀ with P = softmax(τ·Q̂ᵀ·K̂), where the columns of Q̂ and K̂, one
 * number for each token, have length 1.
 *
 * <p>Q and K are not normalized but their product is, by the lengths of both columns: c · c numbers
 * instead of T · c.
 *
 * <p>Letters in shapes: B pictures, T tokens, n = B·T rows, D features, N heads, c = D/N channels
 * of a head.
 *
 * @param dim D
 * @param heads N
 */
record CrossCovariance<T extends TFloating>(TokenLayers<T> layers, int dim, int heads, Size size) {

  /** Of torch's {@code F.normalize}, the shortest length that is divided by. */
  private static final float SHORTEST = 1e-12f;

  /**
   * What attention gives.
   *
   * @param rows [n, D]
   * @param weights P, [B, N, c, c]
   */
  record Attended<T extends TFloating>(Operand<T> rows, Operand<T> weights) {}

  /**
   * From queries, keys and values.
   *
   * @param projected [n, 3D]
   * @param temperature τ by head, [N, 1, 1]
   */
  Attended<T> of(Product<T> projected, Operand<TFloat32> temperature) {
    Ops tf = layers.tf();
    int channels = dim / heads;
    Operand<T> split = tf.reshape(projected.biased(tf), size.with(tf, 3, heads, channels));
    List<? extends Operand<T>> parts = // [B, N, T, c]
        tf.unstack(tf.linalg.transpose(split, tf.constant(new int[] {2, 0, 3, 1, 4})), 3L).output();
    Operand<T> q = parts.get(0);
    Operand<T> k = parts.get(1);
    Operand<TFloat32> scale = // [B, N, c, 1]
        tf.math.mul(
            tf.linalg.transpose(inverseLengths(tf, q), tf.constant(new int[] {0, 1, 3, 2})),
            temperature);
    Operand<TFloat32> scores =
        tf.math.mul(
            tf.math.mul(
                cast(tf, Products.batched(layers, q, k, true, false), TFloat32.class), scale),
            inverseLengths(tf, k));
    Operand<T> weights = layers.typed(tf, tf.nn.softmax(scores));
    Operand<T> mixed = Products.batched(layers, parts.get(2), weights, false, true); // [B, N, T, c]
    Operand<T> byToken = tf.linalg.transpose(mixed, tf.constant(new int[] {0, 2, 1, 3}));
    return new Attended<>(tf.reshape(byToken, tf.constant(new int[] {-1, dim})), weights);
  }

  /** One by the lengths of columns: [B, N, T, c] → [B, N, 1, c]. */
  private Operand<TFloat32> inverseLengths(Ops tf, Operand<T> x) {
    Operand<TFloat32> squared =
        tf.reduceSum(
            tf.math.square(cast(tf, x, TFloat32.class)), tf.constant(2), ReduceSum.keepDims(true));
    return tf.math.rsqrt(tf.math.maximum(squared, tf.constant(SHORTEST * SHORTEST)));
  }
}
