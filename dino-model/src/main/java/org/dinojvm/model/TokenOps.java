package org.dinojvm.model;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
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

  /** Kernel [d, out] and bias [out] of a linear layer. */
  record Linear<T extends TFloating>(Operand<T> kernel, Operand<T> bias) {

    /** x·W + b: [n, d] → [n, out]. */
    Operand<T> of(Ops tf, Operand<T> x) {
      return tf.nn.biasAdd(tf.linalg.matMul(x, kernel), bias);
    }
  }

  /** Scale and shift of a layer norm, [d] each. */
  record Norm(Operand<TFloat32> weight, Operand<TFloat32> bias) {}

  /**
   * What is to be added to the residual stream.
   *
   * @param value [n, d]
   * @param factor [n, 1] of the branch, for stochastic depth
   */
  record Branch<T extends TFloating>(Operand<T> value, Optional<Operand<TFloat32>> factor) {}

  /**
   * A linear layer of the normed stream.
   *
   * @param stream [n, d], with the branch added
   * @param product [n, out]
   */
  record Projected<T extends TFloating>(Operand<TFloat32> stream, Operand<T> product) {}

  /**
   * Adds a branch to the residual stream, normalises that and puts it through a linear layer. Only
   * the new stream is kept for the backward pass, which computes the norm again on its way.
   *
   * @param stream [n, d]
   * @param branch to be added first, if any
   */
  Projected<T> project(
      Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm, Linear<T> linear) {
    return fused
        ? new NormedLinear<>(tf, type, epsilon).project(stream, branch, norm, linear)
        : projectInline(stream, branch, norm, linear);
  }

  private Projected<T> projectInline(
      Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm, Linear<T> linear) {
    Operand<TFloat32> sum = branch.isPresent() ? add(stream, branch.get()) : stream;
    Operand<TFloat32> normed = Layers.layerNorm(tf, sum, norm.weight(), norm.bias(), epsilon);
    return new Projected<>(sum, linear.of(tf, Layers.cast(tf, normed, type)));
  }

  /**
   * The exact GELU and a linear layer: [n, d] → [n, out]. The backward pass computes the GELU again
   * along with its gradient.
   */
  Operand<T> geluLinear(Operand<T> x, Linear<T> linear) {
    Fusion gelu =
        Fusion.of("gelu", (ops, in) -> List.of(Layers.gelu(ops, in.get(0))), List.of(type));
    if (!fused) {
      return linear.of(tf, output(gelu.inline(tf, List.of(x), List.of()), 0));
    }
    Fusion.Kernel forward = gelu.kernel(tf, List.of(x));
    Fusion.Kernel backward =
        Fusion.of("gelu_backward", TokenOps::geluAndGradient, List.of(type, type))
            .kernel(tf, List.of(x, x));
    Operand<T> activated = output(forward.call(tf, List.of(x)), 0);
    return output(
        Differentiable.of(
            tf,
            "gelu_linear",
            List.of(linear.of(tf, activated)),
            List.of(x, linear.kernel(), linear.bias()),
            (ops, in, out, dy) -> {
              Operand<T> dProduct = output(dy, 0);
              List<Output<?>> again =
                  backward.call(ops, List.of(x, inputGradient(ops, linear, dProduct)));
              Operand<T> recomputed = output(again, 0);
              return List.of(
                  again.get(1),
                  kernelGradient(ops, recomputed, dProduct),
                  ops.nn.biasAddGrad(dProduct));
            }),
        0);
  }

  /** x and the gradient for GELU(x), to GELU(x) and the gradient for x. */
  private static List<Operand<TFloat32>> geluAndGradient(Ops ops, List<Operand<TFloat32>> in) {
    Operand<TFloat32> gelu = Layers.gelu(ops, in.get(0));
    Gradients gradient =
        ops.gradients(
            List.of(ops.identity(gelu)), List.of(in.get(0)), Gradients.dx(List.of(in.get(1))));
    return List.of(gelu, gradient.dy(0));
  }

  /** Gradient for the input of a linear layer. */
  static <T extends TFloating> Operand<T> inputGradient(Ops ops, Linear<T> linear, Operand<T> dy) {
    return ops.linalg.matMul(dy, linear.kernel(), MatMul.transposeB(true));
  }

  /** Gradient for the kernel of a linear layer with input x. */
  static <T extends TFloating> Operand<T> kernelGradient(Ops ops, Operand<T> x, Operand<T> dy) {
    return ops.linalg.matMul(x, dy, MatMul.transposeA(true));
  }

  /** The residual stream after a branch: [n, d] → [n, d]. */
  Operand<TFloat32> add(Operand<TFloat32> stream, Branch<T> branch) {
    return output(
        run(
            branch.factor().isPresent() ? "add_scaled" : "add",
            (ops, in) -> List.of(sum(ops, in)),
            List.of(TFloat32.class),
            List.of(stream, branch.value()),
            branch.factor().stream().toList()),
        0);
  }

  /** Of a stream, a branch and, where given, its factor. */
  static Operand<TFloat32> sum(Ops ops, List<Operand<TFloat32>> in) {
    Operand<TFloat32> branch = in.get(1);
    return ops.math.add(in.get(0), in.size() > 2 ? ops.math.mul(branch, in.get(2)) : branch);
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
            List.of(projected),
            List.of());
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
    Fusion.Kernel backward =
        Fusion.of("softmax_backward", TokenOps::softmaxGradient, List.of(type))
            .kernel(tf, List.of(plain, plain));
    return output(
        Differentiable.of(
            tf,
            "softmax",
            List.of(plain),
            List.of(scores),
            (ops, in, out, dy) -> backward.call(ops, List.of(out.get(0), dy.get(0)))),
        0);
  }

  private static List<Operand<TFloat32>> softmaxGradient(Ops ops, List<Operand<TFloat32>> in) {
    Operand<TFloat32> probabilities = in.get(0);
    Operand<TFloat32> weighted = ops.math.mul(probabilities, in.get(1));
    Operand<TFloat32> sum = ops.reduceSum(weighted, ops.constant(-1), ReduceSum.keepDims(true));
    return List.of(ops.math.sub(weighted, ops.math.mul(probabilities, sum)));
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
  static <S extends TFloating> Operand<S> output(List<Output<?>> outputs, int index) {
    return (Operand<S>) outputs.get(index);
  }
}
