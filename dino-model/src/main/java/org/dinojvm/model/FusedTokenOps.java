package org.dinojvm.model;

import static org.dinojvm.model.Fusion.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * A block's computations with {@linkplain Fusion regions} between the matrix products, forward and
 * backward: of one forward pass. The backward pass computes norms and GELUs again instead of
 * keeping them.
 *
 * @param epsilon of the layer norms
 */
record FusedTokenOps<T extends TFloating>(Ops tf, Class<T> type, float epsilon)
    implements TokenOps<T> {

  private static final Fusion COLUMN_SUMS =
      Fusion.of(
          "column_sums",
          (ops, in) -> List.of(Sums.overRows(ops, in.get(0))),
          List.of(TFloat32.class));

  @Override
  public Projected<T> project(
      Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm, Linear<T> linear) {
    return new NormedLinear<>(tf, type, epsilon).project(stream, branch, norm, linear);
  }

  @Override
  public Attended<T> attention(Product<T> projected, int heads, Size size) {
    return new FusedAttention<>(tf, type, heads, size).of(projected);
  }

  @Override
  public Product<T> geluLinear(Product<T> x, Linear<T> linear) {
    Operand<T> activated =
        output(
            Fusion.of("bias_gelu", FusedTokenOps::biasedGelu, List.of(type))
                .call(tf, List.of(x.value(), x.bias())),
            0);
    Fusion.Kernel backward =
        Fusion.of("bias_gelu_backward", FusedTokenOps::geluAndGradient, List.of(type, type))
            .kernel(tf, List.of(x.value(), x.bias(), x.value()));
    Fusion.Kernel biasGradient = biasGradient(tf, x.value());
    Differentiable.Gradient gradient =
        (ops, in, out, dy) -> {
          Operand<T> dProduct = output(dy, 0);
          Operand<T> dActivated = inputGradient(ops, linear, dProduct);
          List<Output<?>> again = backward.call(ops, List.of(x.value(), x.bias(), dActivated));
          Output<?> dX = again.get(1);
          return List.of(
              dX,
              biasGradient.call(ops, List.of(dX)).get(0),
              wideKernelGradient(ops, again.get(0), dProduct));
        };
    List<Output<?>> product =
        Differentiable.of(
            tf,
            "gelu_linear",
            List.of(linear.of(tf, activated).value()),
            List.of(x.value(), x.bias(), linear.kernel()),
            gradient);
    return new Product<>(output(product, 0), linear.bias());
  }

  private static List<Operand<TFloat32>> biasedGelu(Ops ops, List<Operand<TFloat32>> in) {
    return List.of(Layers.gelu(ops, ops.math.add(in.get(0), in.get(1))));
  }

  /** x, its bias and the gradient for y = GELU(x + bias), to y and the gradient for x. */
  private static List<Operand<TFloat32>> geluAndGradient(Ops ops, List<Operand<TFloat32>> in) {
    Operand<TFloat32> biased = ops.math.add(in.get(0), in.get(1));
    Operand<TFloat32> gelu = Layers.gelu(ops, biased);
    Gradients gradient =
        ops.gradients(
            List.of(ops.identity(gelu)), List.of(biased), Gradients.dx(List.of(in.get(2))));
    return List.of(gelu, gradient.dy(0));
  }

  @Override
  public Operand<TFloat32> add(Operand<TFloat32> stream, Branch<T> branch) {
    List<Operand<?>> added = addends(stream, Optional.of(branch));
    List<Operand<?>> factor = added.subList(3, added.size());
    String name = factor.isEmpty() ? "add" : "add_scaled";
    Fusion sum = Fusion.of(name, (ops, in) -> List.of(sum(ops, in)), List.of(TFloat32.class));
    List<Operand<?>> backwardInputs = new ArrayList<>(List.of(stream));
    backwardInputs.addAll(factor);
    Fusion.Kernel backward =
        Fusion.of(
                name + "_backward",
                (ops, in) -> {
                  Operand<TFloat32> dBranch = scaled(ops, in.get(0), in.subList(1, in.size()));
                  return List.of(dBranch, Sums.overRows(ops, dBranch));
                },
                List.of(type, TFloat32.class))
            .kernel(tf, backwardInputs);
    return output(
        Differentiable.of(
            tf,
            name,
            sum.call(tf, added),
            added.subList(0, 3),
            (ops, in, out, dy) -> {
              List<Operand<?>> arguments = new ArrayList<>(dy.subList(0, 1));
              arguments.addAll(factor);
              List<Output<?>> forBranch = backward.call(ops, arguments);
              return List.of(dy.get(0), forBranch.get(0), forBranch.get(1));
            }),
        0);
  }

  /** What {@link #sum} adds: the stream, and of the branch its product, bias and factor, if any. */
  static <T extends TFloating> List<Operand<?>> addends(
      Operand<TFloat32> stream, Optional<Branch<T>> branch) {
    List<Operand<?>> addends = new ArrayList<>(List.of(stream));
    branch.ifPresent(
        b -> {
          addends.add(b.product().value());
          addends.add(b.product().bias());
          b.factor().ifPresent(addends::add);
        });
    return addends;
  }

  /** The stream with its branch, see {@link #addends}. */
  static Operand<TFloat32> sum(Ops ops, List<Operand<TFloat32>> in) {
    return in.size() == 1
        ? in.get(0)
        : ops.math.add(
            in.get(0), scaled(ops, ops.math.add(in.get(1), in.get(2)), in.subList(3, in.size())));
  }

  /** A branch, or the gradient for it, by its factor, if it has one. */
  static Operand<TFloat32> scaled(
      Ops ops, Operand<TFloat32> branch, List<Operand<TFloat32>> factor) {
    return factor.isEmpty() ? branch : ops.math.mul(branch, factor.get(0));
  }

  /** Gradient for the input of a linear layer. */
  static <T extends TFloating> Operand<T> inputGradient(Ops ops, Linear<T> linear, Operand<T> dy) {
    return ops.linalg.matMul(dy, linear.kernel(), MatMul.transposeB(true));
  }

  /** Gradient for the kernel of a linear layer with input x. */
  static <T extends TFloating> Operand<T> kernelGradient(Ops ops, Operand<T> x, Operand<T> dy) {
    return ops.linalg.matMul(x, dy, MatMul.transposeA(true));
  }

  /**
   * {@link #kernelGradient} for more inputs than outputs, by oneDNN's product of batches: its plain
   * one takes a seventh longer where it has to transpose a wide matrix, in float32.
   */
  private static <T extends TFloating> Operand<T> wideKernelGradient(
      Ops ops, Output<?> x, Operand<T> dy) {
    return Layers.product(ops, x, dy, true, false);
  }

  /** Of the gradient for a biased product, like this one: [n, d] → [d]. */
  static Fusion.Kernel biasGradient(Ops tf, Operand<? extends TFloating> like) {
    return COLUMN_SUMS.kernel(tf, List.of(like));
  }
}
