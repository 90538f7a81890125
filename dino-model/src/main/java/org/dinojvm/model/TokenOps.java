package org.dinojvm.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * What a block of a Vision Transformer computes. Linear layers leave their bias to whoever reads
 * their product, for what stands between two matrix products is one piece.
 *
 * <p>Letters in shapes: n = B·T rows of B pictures and T tokens, d features, N heads.
 *
 * @param <T> type of matrix products and of what enters them; the residual stream, norms and biases
 *     are float32
 */
interface TokenOps<T extends TFloating> {

  /** B and T, scalars. */
  record Size(Operand<TInt32> pictures, Operand<TInt32> tokens) {

    /** The shape [B, T, further]. */
    Operand<TInt32> with(Ops tf, int... further) {
      List<Operand<TInt32>> sizes = new ArrayList<>(List.of(pictures, tokens));
      for (int dimension : further) {
        sizes.add(tf.constant(dimension));
      }
      return tf.stack(sizes);
    }
  }

  /** Kernel [d, out] and bias [out] of a linear layer. */
  record Linear<T extends TFloating>(Operand<T> kernel, Operand<TFloat32> bias) {

    /** x·W, its bias yet to be added: [n, d] → [n, out]. */
    Product<T> of(Ops tf, Operand<T> x) {
      return new Product<>(tf.linalg.matMul(x, kernel), bias);
    }
  }

  /** What a linear layer gives: [n, out], and the bias [out] that is yet to be added. */
  record Product<T extends TFloating>(Operand<T> value, Operand<TFloat32> bias) {}

  /** Scale and shift of a layer norm, [d] each. */
  record Norm(Operand<TFloat32> weight, Operand<TFloat32> bias) {}

  /**
   * What is to be added to the residual stream.
   *
   * @param product [n, d]
   * @param factor [n, 1] of the branch, for stochastic depth
   */
  record Branch<T extends TFloating>(Product<T> product, Optional<Operand<TFloat32>> factor) {}

  /**
   * A linear layer of the normed stream.
   *
   * @param stream [n, d], with the branch added
   * @param product [n, out]
   */
  record Projected<T extends TFloating>(Operand<TFloat32> stream, Product<T> product) {}

  /** Attention's output [n, d] and its weights [B, N, T, T]. */
  record Attended<T extends TFloating>(Operand<T> rows, Operand<T> weights) {}

  /** Queries, keys and values by head: [B, T, 3, N, d/N] → three times [B, N, T, d/N]. */
  static <S extends TFloating> List<Operand<S>> byHead(Ops tf, Operand<S> split) {
    return List.copyOf(
        tf.unstack(tf.linalg.transpose(split, tf.constant(new int[] {2, 0, 3, 1, 4})), 3L)
            .output());
  }

  /** Queries by 1/√(d/N), for they are fewer than the products; so are gradients for them. */
  static Operand<TFloat32> scaled(Ops tf, Operand<TFloat32> queries, int headDim) {
    return tf.math.mul(queries, tf.constant((float) (1 / Math.sqrt(headDim))));
  }

  /**
   * Adds a branch to the residual stream, normalises that and puts it through a linear layer.
   *
   * @param stream [n, d]
   * @param branch to be added first, if any
   */
  Projected<T> project(
      Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm, Linear<T> linear);

  /**
   * Multi-head self-attention.
   *
   * @param projected [n, 3d] queries, keys and values
   * @param heads N
   */
  Attended<T> attention(Product<T> projected, int heads, Size size);

  /** The exact GELU and a linear layer: [n, d] → [n, out]. */
  Product<T> geluLinear(Product<T> x, Linear<T> linear);

  /** The residual stream after a branch: [n, d] → [n, d]. */
  Operand<TFloat32> add(Operand<TFloat32> stream, Branch<T> branch);
}
