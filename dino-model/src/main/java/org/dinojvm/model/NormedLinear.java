package org.dinojvm.model;

import static org.dinojvm.model.Fusion.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.model.TokenOps.Branch;
import org.dinojvm.model.TokenOps.Linear;
import org.dinojvm.model.TokenOps.Norm;
import org.dinojvm.model.TokenOps.Product;
import org.dinojvm.model.TokenOps.Projected;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Residual addition, layer norm and linear layer as one differentiable piece: s = stream + factor ·
 * (branch + bias), y = norm(s)·W. What stands around the matrix products is one {@linkplain Fusion
 * region} forward and one backward. The backward pass needs s, which the next piece keeps anyway,
 * and two numbers for each of its rows; it normalises again in the region that computes the
 * gradients.
 *
 * <p>With x̂ = (s − μ)/σ and n = w·x̂ + b, the gradient dn gives dw = Σ dn·x̂ and db = Σ dn over
 * rows, and with g = w·dn, means over the features, ds = (g − mean(g) − x̂·mean(g·x̂))/σ.
 *
 * @param <T> type of matrix products
 * @param epsilon of the layer norm
 */
record NormedLinear<T extends TFloating>(Ops tf, Class<T> type, float epsilon) {

  /**
   * What a norm leaves.
   *
   * @param normed [n, d]
   * @param sum s, [n, d]
   * @param mean μ, [n, 1]
   * @param inverse 1/σ, [n, 1]
   */
  private record Normed<T extends TFloating>(
      Operand<T> normed,
      Operand<TFloat32> sum,
      Operand<TFloat32> mean,
      Operand<TFloat32> inverse) {}

  /** See {@link TokenOps#project}. */
  Projected<T> project(
      Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm, Linear<T> linear) {
    Normed<T> forward = forward(stream, branch, norm);
    List<Operand<?>> inputs =
        new ArrayList<>(List.of(stream, norm.weight(), norm.bias(), linear.kernel()));
    branch.ifPresent(b -> inputs.addAll(List.of(b.product().value(), b.product().bias())));
    Fusion.Kernel backward = backward(forward, branch, norm);
    List<Output<?>> outputs =
        Differentiable.of(
            tf,
            "normed_linear",
            List.of(forward.sum(), linear.of(tf, forward.normed()).value()),
            inputs,
            (ops, in, out, dy) -> {
              Operand<T> dProduct = output(dy, 1);
              Operand<T> dNormed = FusedTokenOps.inputGradient(ops, linear, dProduct);
              List<Output<?>> results =
                  backward.call(ops, backwardInputs(forward, branch, norm, dy.get(0), dNormed));
              Operand<T> again = output(results, 3);
              List<Operand<?>> gradients = new ArrayList<>(results.subList(0, 3));
              gradients.add(FusedTokenOps.kernelGradient(ops, again, dProduct));
              gradients.addAll(results.subList(4, results.size()));
              return gradients;
            });
    return new Projected<>(output(outputs, 0), new Product<>(output(outputs, 1), linear.bias()));
  }

  private Normed<T> forward(Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm) {
    List<Operand<?>> inputs = new ArrayList<>(List.of(norm.weight(), norm.bias()));
    inputs.addAll(FusedTokenOps.addends(stream, branch));
    Fusion.Body body =
        (ops, in) -> {
          Operand<TFloat32> sum = FusedTokenOps.sum(ops, in.subList(2, in.size()));
          Operand<TFloat32> mean = rowMeans(ops, sum);
          Operand<TFloat32> centered = ops.math.sub(sum, mean);
          Operand<TFloat32> variance = rowMeans(ops, ops.math.square(centered));
          Operand<TFloat32> inverse = ops.math.rsqrt(ops.math.add(variance, ops.constant(epsilon)));
          Operand<TFloat32> normed =
              affine(ops, ops.math.mul(centered, inverse), in.get(0), in.get(1));
          return branch.isPresent()
              ? List.of(normed, mean, inverse, sum)
              : List.of(normed, mean, inverse);
        };
    List<Class<? extends TFloating>> types =
        new ArrayList<>(List.of(type, TFloat32.class, TFloat32.class));
    branch.ifPresent(b -> types.add(TFloat32.class));
    List<Output<?>> outputs = Fusion.of(name(branch) + epsilon, body, types).call(tf, inputs);
    return new Normed<>(
        output(outputs, 0),
        branch.isPresent() ? output(outputs, 3) : stream,
        output(outputs, 1),
        output(outputs, 2));
  }

  private static <T extends TFloating> List<Operand<?>> backwardInputs(
      Normed<T> forward,
      Optional<Branch<T>> branch,
      Norm norm,
      Operand<?> dSum,
      Operand<T> dNormed) {
    List<Operand<?>> inputs =
        new ArrayList<>(
            List.of(
                forward.sum(),
                forward.mean(),
                forward.inverse(),
                norm.weight(),
                norm.bias(),
                dSum,
                dNormed));
    branch.flatMap(Branch::factor).ifPresent(inputs::add);
    return inputs;
  }

  /**
   * {@link #backwardInputs} to gradients for stream, weight and bias, the norm, and the gradients
   * for the branch and its bias if there is one.
   */
  private Fusion.Kernel backward(Normed<T> forward, Optional<Branch<T>> branch, Norm norm) {
    Fusion.Body body =
        (ops, in) -> {
          Operand<TFloat32> inverse = in.get(2);
          Operand<TFloat32> weight = in.get(3);
          Operand<TFloat32> dNormed = in.get(6);
          Operand<TFloat32> unit = ops.math.mul(ops.math.sub(in.get(0), in.get(1)), inverse); // x̂
          Operand<TFloat32> dUnit = ops.math.mul(dNormed, weight); // g
          Operand<TFloat32> along = rowMeans(ops, ops.math.mul(dUnit, unit));
          Operand<TFloat32> across =
              ops.math.sub(ops.math.sub(dUnit, rowMeans(ops, dUnit)), ops.math.mul(unit, along));
          Operand<TFloat32> dStream = ops.math.add(in.get(5), ops.math.mul(across, inverse));
          List<Operand<TFloat32>> results =
              new ArrayList<>(
                  List.of(
                      dStream,
                      Sums.overRows(ops, ops.math.mul(dNormed, unit)),
                      Sums.overRows(ops, dNormed),
                      affine(ops, unit, weight, in.get(4))));
          if (branch.isPresent()) {
            Operand<TFloat32> dBranch =
                FusedTokenOps.scaled(ops, dStream, in.subList(7, in.size()));
            results.addAll(List.of(dBranch, Sums.overRows(ops, dBranch)));
          }
          return results;
        };
    List<Class<? extends TFloating>> types =
        new ArrayList<>(List.of(TFloat32.class, TFloat32.class, TFloat32.class, type));
    branch.ifPresent(b -> types.addAll(List.of(type, TFloat32.class)));
    return Fusion.of(name(branch) + "_backward", body, types)
        .kernel(tf, backwardInputs(forward, branch, norm, forward.sum(), forward.normed()));
  }

  private static <T extends TFloating> String name(Optional<Branch<T>> branch) {
    return branch.map(b -> b.factor().isPresent() ? "add_scaled_norm" : "add_norm").orElse("norm");
  }

  private static Operand<TFloat32> rowMeans(Ops ops, Operand<TFloat32> x) {
    return ops.math.mul(Sums.overLast(ops, x), ops.constant(1f / x.shape().get(1)));
  }

  private static Operand<TFloat32> affine(
      Ops ops, Operand<TFloat32> x, Operand<TFloat32> weight, Operand<TFloat32> bias) {
    return ops.math.add(ops.math.mul(x, weight), bias);
  }
}
