package org.dinojvm.model;

import static org.dinojvm.model.Fusion.output;
import static org.dinojvm.model.Layers.product;

import java.util.List;
import org.dinojvm.model.TokenOps.Attended;
import org.dinojvm.model.TokenOps.Product;
import org.dinojvm.model.TokenOps.Size;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Multi-head self-attention between its two linear layers as one differentiable piece: O = P·V with
 * P = softmax(Q·Kᵀ/√(d/N)).
 *
 * <p>Backward, dV = Pᵀ·dO, dP = dO·Vᵀ and dS = P∘(dP − D), where D = Σ P∘dP by row is computed as Σ
 * O∘dO, from rows of d/N numbers instead of T (Dao et al. 2022, appendix B.2).
 *
 * <p>Letters in shapes: B pictures, T tokens, d features, N heads.
 *
 * @param <T> type of matrix products
 */
record FusedAttention<T extends TFloating>(Ops tf, Class<T> type, int heads, Size size) {

  /**
   * A forward pass.
   *
   * @param q queries by 1/√(d/N), [B, N, T, d/N]
   * @param k keys, [B, N, T, d/N]
   * @param v values, [B, N, T, d/N]
   * @param weights P, [B, N, T, T]
   * @param mixed O by token, [B, T, N, d/N]
   */
  private record Forward<T extends TFloating>(
      Operand<T> q, Operand<T> k, Operand<T> v, Operand<T> weights, Operand<T> mixed) {}

  /** See {@link TokenOps#attention}. */
  Attended<T> of(Product<T> projected) {
    int dim = (int) (projected.bias().shape().get(0) / 3);
    Forward<T> forward = forward(projected, dim / heads);
    Operand<T> rows = tf.reshape(forward.mixed(), tf.constant(new int[] {-1, dim}));
    List<Output<?>> outputs =
        Differentiable.of(
            tf,
            "attention",
            List.of(rows),
            List.of(projected.value(), projected.bias()),
            gradient(projected, forward, dim));
    return new Attended<>(output(outputs, 0), forward.weights());
  }

  private Forward<T> forward(Product<T> projected, int headDim) {
    Operand<T> split = // [B, T, 3, N, d/N]
        tf.reshape(projected.value(), size.with(tf, 3, heads, headDim));
    Operand<TFloat32> bias =
        tf.reshape(projected.bias(), tf.constant(new int[] {3, heads, headDim}));
    List<Output<?>> parts = split(split, bias, headDim);
    Operand<T> q = output(parts, 0);
    Operand<T> k = output(parts, 1);
    Operand<T> v = output(parts, 2);
    Operand<T> weights = tf.nn.softmax(Layers.<T>product(tf, q, k, false, true));
    Operand<T> mixed = product(tf, weights, v, false, false);
    return new Forward<>(q, k, v, weights, swapped(tf, mixed));
  }

  private Differentiable.Gradient gradient(Product<T> projected, Forward<T> forward, int dim) {
    Operand<TInt32> byHead = size.with(tf, heads, dim / heads);
    Fusion.Kernel softmaxBackward =
        Fusion.of("softmax_backward", FusedAttention::softmaxGradient, List.of(type))
            .kernel(
                tf,
                List.of(forward.weights(), forward.weights(), forward.mixed(), forward.mixed()));
    Fusion.Kernel splitBackward = splitBackward(forward.q(), dim / heads);
    Fusion.Kernel biasGradient = FusedTokenOps.biasGradient(tf, projected.value());
    return (ops, in, out, dy) -> {
      Operand<T> dTokens = ops.reshape(Fusion.<T>output(dy, 0), byHead);
      Operand<T> dMixed = swapped(ops, dTokens);
      Operand<T> dWeights = product(ops, dMixed, forward.v(), false, true);
      Output<?> dScores =
          softmaxBackward
              .call(ops, List.of(forward.weights(), dWeights, forward.mixed(), dTokens))
              .get(0);
      Operand<T> dQ = product(ops, dScores, forward.k(), false, false);
      Operand<T> dK = product(ops, dScores, forward.q(), true, false);
      Operand<T> dV = product(ops, forward.weights(), dMixed, true, false);
      Operand<T> dSplit = output(splitBackward.call(ops, List.of(dQ, dK, dV)), 0);
      Operand<T> dProjected = ops.reshape(dSplit, ops.constant(new int[] {-1, 3 * dim}));
      return List.of(dProjected, biasGradient.call(ops, List.of(dProjected)).get(0));
    };
  }

  /** [B, T, 3, N, d/N] and its bias to three times [B, N, T, d/N], queries scaled. */
  private List<Output<?>> split(Operand<T> split, Operand<TFloat32> bias, int headDim) {
    return Fusion.of(
            "split_heads" + headDim,
            (ops, in) -> {
              List<Operand<TFloat32>> parts =
                  TokenOps.byHead(ops, ops.math.add(in.get(0), in.get(1)));
              return List.of(
                  TokenOps.scaled(ops, parts.get(0), headDim), parts.get(1), parts.get(2));
            },
            List.of(type, type, type))
        .call(tf, List.of(split, bias));
  }

  /** Gradients for what {@link #split} gives, to that for what it takes. */
  private Fusion.Kernel splitBackward(Operand<T> like, int headDim) {
    return Fusion.of(
            "split_heads_backward" + headDim,
            (ops, in) ->
                List.of(
                    ops.linalg.transpose(
                        ops.stack(
                            List.of(
                                TokenOps.scaled(ops, in.get(0), headDim), in.get(1), in.get(2))),
                        ops.constant(new int[] {1, 3, 0, 2, 4}))),
            List.of(type))
        .kernel(tf, List.of(like, like, like));
  }

  /** P and dP, [B, N, T, T], O and dO, [B, T, N, d/N], to dS. */
  private static List<Operand<TFloat32>> softmaxGradient(Ops ops, List<Operand<TFloat32>> in) {
    Operand<TFloat32> sums = // [B, N, T, 1]
        ops.linalg.transpose(
            Sums.overLast(ops, ops.math.mul(in.get(2), in.get(3))),
            ops.constant(new int[] {0, 2, 1, 3}));
    return List.of(ops.math.mul(in.get(0), ops.math.sub(in.get(1), sums)));
  }

  /** [B, N, T, d/N] from [B, T, N, d/N], or the other way round. */
  private static <T extends TFloating> Operand<T> swapped(Ops ops, Operand<T> x) {
    return ops.linalg.transpose(x, ops.constant(new int[] {0, 2, 1, 3}));
  }
}
