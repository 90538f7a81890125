package org.dinojvm.model;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * What a Vision Transformer computes between its matrix products, each a {@linkplain Fusion fused
 * region} or the same ops one by one.
 *
 * <p>Letters in shapes: n rows, d features.
 *
 * @param <T> type of the activations that enter matrix products; the residual stream is float32
 */
final class TokenOps<T extends TFloating> {

  private final Ops tf;
  private final Class<T> type;
  private final boolean fused;
  private final float epsilon;

  /**
   * For one forward pass.
   *
   * @param epsilon of the layer norms
   */
  TokenOps(Ops tf, Class<T> type, boolean fused, float epsilon) {
    this.tf = tf;
    this.type = type;
    this.fused = fused;
    this.epsilon = epsilon;
  }

  /** The exact GELU: [n, d] → [n, d]. */
  Operand<T> gelu(Operand<T> x) {
    return output(
        run("gelu", (ops, in) -> List.of(Layers.gelu(ops, in.get(0))), List.of(type), List.of(x)),
        0);
  }

  /** Layer norm of the residual stream: [n, d] → [n, d]. */
  Operand<T> norm(Operand<TFloat32> stream, Norm norm) {
    return output(
        run(
            "norm" + epsilon,
            (ops, in) -> List.of(layerNorm(ops, in.get(0), in.get(1), in.get(2))),
            List.of(type),
            List.of(stream, norm.weight(), norm.bias())),
        0);
  }

  /**
   * The residual stream after a branch: [n, d] → [n, d].
   *
   * @param factor [n, 1] of the branch, for stochastic depth
   */
  Operand<TFloat32> add(
      Operand<TFloat32> stream, Operand<T> branch, Optional<Operand<TFloat32>> factor) {
    return output(
        run(
            factor.isPresent() ? "add_scaled" : "add",
            (ops, in) -> List.of(sum(ops, in, 2)),
            List.of(TFloat32.class),
            List.of(stream, branch),
            factor.stream().toList()),
        0);
  }

  /** {@link #add} and the {@link #norm} of its result in one. */
  Normed<T> addAndNorm(
      Operand<TFloat32> stream, Operand<T> branch, Optional<Operand<TFloat32>> factor, Norm norm) {
    List<Output<?>> both =
        run(
            (factor.isPresent() ? "add_scaled_norm" : "add_norm") + epsilon,
            (ops, in) -> {
              Operand<TFloat32> sum = sum(ops, in, 4);
              return List.of(sum, layerNorm(ops, sum, in.get(2), in.get(3)));
            },
            List.of(TFloat32.class, type),
            List.of(stream, branch, norm.weight(), norm.bias()),
            factor.stream().toList());
    return new Normed<>(output(both, 0), output(both, 1));
  }

  /**
   * Queries, keys and values by head; queries scaled by 1/√(d/heads), which touches fewer numbers
   * than scaling their products.
   *
   * @param projected [B, T, 3, N, d/N]
   * @return three times [B, N, T, d/N]
   */
  List<Operand<T>> heads(Operand<T> projected, int headDim) {
    float scale = (float) (1 / Math.sqrt(headDim));
    List<Output<?>> parts =
        run(
            "heads" + headDim,
            (ops, in) -> {
              List<Operand<TFloat32>> three =
                  ImmutableList.copyOf(
                      ops.unstack(
                              ops.linalg.transpose(
                                  in.get(0), ops.constant(new int[] {2, 0, 3, 1, 4})),
                              3L)
                          .output());
              return List.of(
                  ops.math.mul(three.get(0), ops.constant(scale)), three.get(1), three.get(2));
            },
            List.of(type, type, type),
            List.of(projected));
    return List.of(output(parts, 0), output(parts, 1), output(parts, 2));
  }

  /**
   * Probabilities over the last dimension: [.., m] → [.., m]. The runtime's own kernel is the best
   * one forward; backward dS = P·(dP − Σ P·dP) is fused.
   */
  Operand<T> softmax(Operand<T> scores) {
    Operand<T> plain = tf.nn.softmax(scores);
    if (!fused) {
      return plain;
    }
    Fusion backward = Fusion.of("softmax_backward", TokenOps::softmaxGradient, List.of(type));
    return output(
        Differentiable.of(
            tf,
            "softmax",
            List.of(plain),
            List.of(scores),
            backward.asGradient(
                tf, List.of(plain, plain), (ops, in, out, dy) -> List.of(out.get(0), dy.get(0)))),
        0);
  }

  private static List<Operand<TFloat32>> softmaxGradient(Ops ops, List<Operand<TFloat32>> in) {
    Operand<TFloat32> probabilities = in.get(0);
    Operand<TFloat32> weighted = ops.math.mul(probabilities, in.get(1));
    Operand<TFloat32> sum = ops.reduceSum(weighted, ops.constant(-1), ReduceSum.keepDims(true));
    return List.of(ops.math.sub(weighted, ops.math.mul(probabilities, sum)));
  }

  /** Scale and shift of a layer norm, [d] each. */
  record Norm(Operand<TFloat32> weight, Operand<TFloat32> bias) {}

  /** The residual stream and its norm, [n, d] each. */
  record Normed<T extends TFloating>(Operand<TFloat32> stream, Operand<T> norm) {}

  private Operand<TFloat32> layerNorm(
      Ops ops, Operand<TFloat32> x, Operand<TFloat32> weight, Operand<TFloat32> bias) {
    return Layers.layerNorm(ops, x, weight, bias, epsilon);
  }

  private static Operand<TFloat32> sum(Ops ops, List<Operand<TFloat32>> in, int factor) {
    Operand<TFloat32> branch = in.get(1);
    return ops.math.add(
        in.get(0), in.size() > factor ? ops.math.mul(branch, in.get(factor)) : branch);
  }

  private List<Output<?>> run(
      String name,
      Fusion.Body body,
      List<Class<? extends TFloating>> types,
      List<Operand<? extends TFloating>> inputs) {
    return run(name, body, types, inputs, List.of());
  }

  private List<Output<?>> run(
      String name,
      Fusion.Body body,
      List<Class<? extends TFloating>> types,
      List<Operand<? extends TFloating>> differentiable,
      List<? extends Operand<? extends TFloating>> others) {
    Fusion region = Fusion.of(name, body, types);
    return fused
        ? region.apply(tf, differentiable, others)
        : region.inline(tf, differentiable, others);
  }

  @SuppressWarnings("unchecked") // types are those that run was asked for
  private static <S extends TFloating> Operand<S> output(List<Output<?>> outputs, int index) {
    return (Operand<S>) outputs.get(index);
  }
}
