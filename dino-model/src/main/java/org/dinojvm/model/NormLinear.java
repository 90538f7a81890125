package org.dinojvm.model;

import static org.dinojvm.model.Initializer.ones;
import static org.dinojvm.model.Initializer.zeros;
import static org.dinojvm.model.Layers.cast;

import java.util.List;
import org.dinojvm.model.Layers.Normalized;
import org.dinojvm.model.TokenLayers.Activation;
import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.GraphFunction;
import org.dinojvm.model.xla.Region;
import org.dinojvm.model.xla.Sums;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Residual addition, layer norm and the product with the next layer's kernel as one differentiable
 * piece: s = stream + factor · gain ∘ (branch + bias), y = norm(s)·W. What stands around the matrix
 * products is one region forward and one backward. The backward pass needs s, which the next piece
 * keeps anyway, and two numbers for each of its rows; it normalizes again in the region that
 * computes the gradients.
 *
 * <p>With x̂ = (s − μ)/σ and n = w·x̂ + b, the gradient dn gives dw = Σ dn·x̂ and db = Σ dn over
 * rows, and with g = w·dn, means over the features, ds = (g − mean(g) − x̂·mean(g·x̂))/σ.
 *
 * <p>Letters in shapes: n rows, D features, k of the result.
 *
 * @param stream s, its branch yet to be added or not
 * @param weight w, [D]
 * @param bias b, [D]
 * @param epsilon of the layer norm
 */
record NormLinear<T extends TFloating>(
    TokenLayers<T> layers,
    ResidualStream<T> stream,
    Operand<TFloat32> weight,
    Operand<TFloat32> bias,
    float epsilon)
    implements Activation<T> {

  static <T extends TFloating> NormLinear<T> of(
      TokenLayers<T> layers, ResidualStream<T> stream, Params p, int dim, float epsilon) {
    Operand<TFloat32> weight = p.get("weight", Shape.of(dim), ones());
    Operand<TFloat32> bias = p.get("bias", Shape.of(dim), zeros());
    return new NormLinear<>(layers, stream, weight, bias, epsilon);
  }

  @Override
  public Operand<T> times(Operand<T> kernel) {
    return layers.compiled() ? compiled(kernel) : Products.times(layers.tf(), inline(), kernel);
  }

  /** [n, D]. */
  private Operand<T> inline() {
    Ops tf = layers.tf();
    return layers.typed(tf, Layers.layerNorm(tf, stream.sum(), weight, bias, epsilon));
  }

  /** What the norm leaves, for what is no matrix product, in float32: [n, D]. */
  Operand<TFloat32> rows() {
    return layers.compiled()
        ? compiledRows()
        : Layers.layerNorm(layers.tf(), stream.sum(), weight, bias, epsilon);
  }

  /**
   * What one region computes of the stream.
   *
   * @param inputs that it has gradients for
   * @param saved what the backward pass reads beside them
   * @param sum of the stream, [n, D]
   * @param normed [n, D]
   */
  private record Forward<N extends TFloating>(
      Tensors inputs, Tensors saved, Operand<TFloat32> sum, Operand<N> normed) {}

  private <N extends TFloating> Forward<N> forward(String name, Class<N> type) {
    Tensors inputs = stream.addends().and("weight", weight).and("bias", bias);
    Tensors factor = stream.factor();
    Tensors forward =
        layers
            .region(name, List.of(epsilon), (ops, in) -> addNorm(ops, in, type))
            .call(layers.tf(), inputs.and(factor));
    return new Forward<>(
        inputs,
        Tensors.of("mean", forward.get("mean")).and("inverse", forward.get("inverse")).and(factor),
        stream.pending() ? forward.get("sum") : stream.sum(),
        forward.get("normed", type));
  }

  private Operand<T> compiled(Operand<T> kernel) {
    Ops tf = layers.tf();
    Forward<T> forward = forward("add_norm", layers.type());
    Tensors outputs =
        Tensors.of("sum", forward.sum).and("product", Products.times(tf, forward.normed, kernel));
    if (layers.gradients()) {
      GraphFunction backward =
          backwardFunction("add_norm_backward", forward, (ops, in) -> backward(ops, in, true));
      outputs =
          CustomGradient.of(
              tf,
              "normed_linear",
              outputs,
              forward.inputs.and("kernel", kernel),
              forward.saved,
              gradient(layers.type(), backward));
    }
    stream.settle(outputs.get("sum"));
    return outputs.get("product", layers.type());
  }

  private Operand<TFloat32> compiledRows() {
    Forward<TFloat32> forward = forward("add_norm_rows", TFloat32.class);
    Tensors outputs = Tensors.of("sum", forward.sum).and("rows", forward.normed);
    if (layers.gradients()) {
      GraphFunction backward =
          backwardFunction(
              "add_norm_rows_backward", forward, (ops, in) -> backward(ops, in, false));
      CustomGradient.Gradient gradient =
          (ops, values, dy) ->
              backward.call(
                  ops, values.and("d_sum", dy.get("sum")).and("d_normed", dy.get("rows")));
      outputs =
          CustomGradient.of(
              layers.tf(), "normed_rows", outputs, forward.inputs, forward.saved, gradient);
    }
    stream.settle(outputs.get("sum"));
    return outputs.get("rows");
  }

  private GraphFunction backwardFunction(String name, Forward<?> forward, Region.Body body) {
    Tensors like =
        Tensors.of("sum", forward.sum)
            .and(forward.saved)
            .and("weight", weight)
            .and("bias", bias)
            .and("d_sum", forward.sum)
            .and("d_normed", forward.normed)
            .and(stream.readAgain());
    return layers.region(name, List.of(stream.pending()), body).function(layers.tf(), like);
  }

  /** The sum, if there is a branch to add, and what a norm leaves of it. */
  private Tensors addNorm(Ops ops, Tensors in, Class<? extends TFloating> type) {
    Operand<TFloat32> sum = ResidualStream.sum(ops, in);
    Normalized rows = Normalized.of(ops, sum, epsilon, Sums::meanOverLast);
    Tensors normed =
        Tensors.of("normed", cast(ops, affine(ops, rows.value(), in), type))
            .and("mean", rows.mean())
            .and("inverse", rows.inverse());
    return in.has("branch") ? normed.and("sum", sum) : normed;
  }

  /**
   * The gradients for all inputs.
   *
   * @param again whether the norm's value is computed once more
   */
  private Tensors backward(Ops ops, Tensors in, boolean again) {
    Operand<TFloat32> inverse = in.get("inverse");
    Operand<TFloat32> dNormed = in.get("d_normed");
    Operand<TFloat32> unit = // x̂
        ops.math.mul(ops.math.sub(in.get("sum"), in.get("mean")), inverse);
    Operand<TFloat32> dUnit = ops.math.mul(dNormed, in.get("weight")); // g
    Operand<TFloat32> along = Sums.meanOverLast(ops, ops.math.mul(dUnit, unit));
    Operand<TFloat32> across =
        ops.math.sub(ops.math.sub(dUnit, Sums.meanOverLast(ops, dUnit)), ops.math.mul(unit, along));
    Operand<TFloat32> dSum = ops.math.add(in.get("d_sum"), ops.math.mul(across, inverse));
    Tensors gradients =
        Tensors.of("stream", dSum)
            .and("weight", Sums.overRows(ops, ops.math.mul(dNormed, unit)))
            .and("bias", Sums.overRows(ops, dNormed));
    if (again) {
      gradients = gradients.and("normed", layers.typed(ops, affine(ops, unit, in)));
    }
    return stream.pending()
        ? gradients.and(ResidualStream.branchGradients(ops, layers, dSum, in))
        : gradients;
  }

  private static Operand<TFloat32> affine(Ops ops, Operand<TFloat32> x, Tensors in) {
    return ops.math.add(ops.math.mul(x, in.get("weight")), in.get("bias"));
  }

  private static <T extends TFloating> CustomGradient.Gradient gradient(
      Class<T> type, GraphFunction backward) {
    return (ops, values, dy) -> {
      Operand<T> dProduct = dy.get("product", type);
      Operand<T> dNormed = Products.inputGradient(ops, dProduct, values.get("kernel", type));
      Tensors gradients =
          backward.call(ops, values.and("d_sum", dy.get("sum")).and("d_normed", dNormed));
      Operand<T> normed = gradients.get("normed", type);
      return gradients.and("kernel", Products.kernelGradient(ops, normed, dProduct));
    };
  }
}
