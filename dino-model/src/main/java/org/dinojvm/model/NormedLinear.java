package org.dinojvm.model;

import static org.dinojvm.model.TokenOps.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.model.TokenOps.Branch;
import org.dinojvm.model.TokenOps.Linear;
import org.dinojvm.model.TokenOps.Norm;
import org.dinojvm.model.TokenOps.Projected;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Residual addition, layer norm and linear layer as one differentiable piece: s = stream + factor ·
 * branch, y = norm(s)·W + b. What stands around the matrix products is one {@linkplain Fusion
 * region} forward and one backward. The backward pass needs s alone, which the next piece keeps
 * anyway; it normalises again in the region that computes the gradients.
 *
 * @param <T> type of matrix products
 */
final class NormedLinear<T extends TFloating> {

  private final Ops tf;
  private final Class<T> type;
  private final float epsilon;

  NormedLinear(Ops tf, Class<T> type, float epsilon) {
    this.tf = tf;
    this.type = type;
    this.epsilon = epsilon;
  }

  /** See {@link TokenOps#project}. */
  Projected<T> project(
      Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm, Linear<T> linear) {
    List<Operand<? extends TFloating>> factor = new ArrayList<>();
    branch.flatMap(Branch::factor).ifPresent(factor::add);
    List<Operand<? extends TFloating>> added = new ArrayList<>(List.of(stream));
    branch.ifPresent(b -> added.add(b.value()));
    added.addAll(factor);
    List<Output<?>> forward = forward(added, norm);
    Operand<TFloat32> sum = branch.isPresent() ? output(forward, 1) : stream;
    Operand<T> normed = output(forward, 0);

    List<Operand<?>> inputs =
        new ArrayList<>(
            List.of(stream, norm.weight(), norm.bias(), linear.kernel(), linear.bias()));
    branch.ifPresent(b -> inputs.add(b.value()));
    Fusion.Kernel backward = backward(sum, normed, norm, branch.isPresent(), factor);
    List<Output<?>> outputs =
        Differentiable.of(
            tf,
            "normed_linear",
            List.of(sum, linear.of(tf, normed)),
            inputs,
            (ops, in, out, dy) -> {
              Operand<T> dProduct = output(dy, 1);
              Operand<T> dNormed = TokenOps.inputGradient(ops, linear, dProduct);
              List<Operand<?>> arguments =
                  new ArrayList<>(List.of(sum, norm.weight(), norm.bias(), dy.get(0), dNormed));
              arguments.addAll(factor);
              List<Output<?>> results = backward.call(ops, arguments);
              Operand<T> recomputed = output(results, 3);
              List<Operand<?>> gradients = new ArrayList<>(results.subList(0, 3));
              gradients.add(TokenOps.kernelGradient(ops, recomputed, dProduct));
              gradients.add(ops.nn.biasAddGrad(dProduct));
              gradients.addAll(results.subList(4, results.size()));
              return gradients;
            });
    return new Projected<>(output(outputs, 0), output(outputs, 1));
  }

  /** The norm, then the sum if there is one. */
  private List<Output<?>> forward(List<Operand<? extends TFloating>> added, Norm norm) {
    List<Operand<? extends TFloating>> inputs = new ArrayList<>(added);
    inputs.add(norm.weight());
    inputs.add(norm.bias());
    int n = added.size();
    boolean adds = n > 1;
    Fusion.Body body =
        (ops, in) -> {
          Operand<TFloat32> sum = adds ? TokenOps.sum(ops, in.subList(0, n)) : in.get(0);
          Operand<TFloat32> normed = Layers.layerNorm(ops, sum, in.get(n), in.get(n + 1), epsilon);
          return adds ? List.of(normed, sum) : List.of(normed);
        };
    List<Class<? extends TFloating>> types = adds ? List.of(type, TFloat32.class) : List.of(type);
    String name = n == 1 ? "norm" : n == 2 ? "add_norm" : "add_scaled_norm";
    return Fusion.of(name + epsilon, body, types).kernel(tf, inputs).call(tf, inputs);
  }

  /**
   * Sum, weight, bias, gradients for sum and norm, and factor if any, to gradients for stream,
   * weight and bias, the norm, and the gradient for the branch if there is one.
   */
  private Fusion.Kernel backward(
      Operand<TFloat32> sum,
      Operand<T> normed,
      Norm norm,
      boolean adds,
      List<Operand<? extends TFloating>> factor) {
    Fusion.Body body =
        (ops, in) -> {
          Operand<TFloat32> again = Layers.layerNorm(ops, in.get(0), in.get(1), in.get(2), epsilon);
          Gradients gradients =
              ops.gradients(
                  List.of(ops.identity(again)), in.subList(0, 3), Gradients.dx(List.of(in.get(4))));
          Operand<TFloat32> dStream = ops.math.add(in.get(3), gradients.<TFloat32>dy(0));
          List<Operand<TFloat32>> results =
              new ArrayList<>(List.of(dStream, gradients.dy(1), gradients.dy(2), again));
          if (adds) {
            results.add(in.size() > 5 ? ops.math.mul(dStream, in.get(5)) : dStream);
          }
          return results;
        };
    List<Class<? extends TFloating>> types =
        new ArrayList<>(List.of(TFloat32.class, TFloat32.class, TFloat32.class, type));
    List<Operand<? extends TFloating>> like =
        new ArrayList<>(List.of(sum, norm.weight(), norm.bias(), sum, normed));
    like.addAll(factor);
    if (adds) {
      types.add(type);
    }
    String name = !adds ? "norm" : factor.isEmpty() ? "add_norm" : "add_scaled_norm";
    return Fusion.of(name + "_backward" + epsilon, body, types).kernel(tf, like);
  }
}
