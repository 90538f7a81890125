package org.dinojvm.model;

import static org.dinojvm.model.Layers.cast;

import java.util.List;
import org.dinojvm.model.TokenLayers.Activation;
import org.dinojvm.model.TokenLayers.Product;
import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.GraphFunction;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Biases, SwiGLU and the product with the next layer's kernel, y = (silu(g)∘v)·W with silu(g) =
 * g·σ(g), as one differentiable piece: the region that computes the gradients also computes the
 * value again, for W's gradient. With s = σ(g), dv = dy∘g∘s and dg = dy∘v∘s∘(1 + g∘(1 − s)).
 *
 * <p>Letters in shapes: n rows, h hidden features, k of the result.
 *
 * @param parts gate g and value v, each [n, h], or one product [n, 2h] of which they are the halves
 */
record SwigluLinear<T extends TFloating>(TokenLayers<T> layers, List<Product<T>> parts)
    implements Activation<T> {

  /** Gate and value, biased, in float32. */
  private record Halves(Operand<TFloat32> gate, Operand<TFloat32> value) {

    static Halves of(Ops ops, Operand<TFloat32> joined) {
      List<Operand<TFloat32>> halves = List.copyOf(ops.split(ops.constant(1), joined, 2L).output());
      return new Halves(halves.get(0), halves.get(1));
    }

    /** silu(g)∘v: [n, h]. */
    Operand<TFloat32> product(Ops ops) {
      return ops.math.mul(ops.math.mul(gate, ops.math.sigmoid(gate)), value);
    }
  }

  private boolean fused() {
    return parts.size() == 1;
  }

  @Override
  public Operand<T> times(Operand<T> kernel) {
    return layers.compiled() ? compiled(kernel) : Products.times(layers.tf(), inline(), kernel);
  }

  /** [n, h]. */
  private Operand<T> inline() {
    Ops tf = layers.tf();
    List<Operand<TFloat32>> biased =
        parts.stream().map(part -> cast(tf, part.biased(tf), TFloat32.class)).toList();
    Halves halves =
        fused() ? Halves.of(tf, biased.get(0)) : new Halves(biased.get(0), biased.get(1));
    return layers.typed(tf, halves.product(tf));
  }

  private Operand<T> compiled(Operand<T> kernel) {
    Ops tf = layers.tf();
    Tensors inputs = Tensors.none();
    for (int i = 0; i < parts.size(); i++) {
      inputs = inputs.and("x" + i, parts.get(i).value()).and("bias" + i, parts.get(i).bias());
    }
    Operand<T> activated =
        layers
            .region(
                "swiglu",
                List.of(),
                (ops, in) -> Tensors.of("y", layers.typed(ops, halves(ops, in).product(ops))))
            .call(tf, inputs)
            .get("y", layers.type());
    Operand<T> product = Products.times(tf, activated, kernel);
    if (!layers.gradients()) {
      return product;
    }
    GraphFunction backward =
        layers
            .region("swiglu_backward", List.of(), this::valueAndGradients)
            .function(tf, inputs.and("dy", activated));
    return CustomGradient.of(
            tf,
            "swiglu_linear",
            Tensors.of("product", product),
            inputs.and("kernel", kernel),
            Tensors.none(),
            gradient(
                layers.type(), parts.size(), backward, layers.biasGradient(parts.get(0).value())))
        .get("product", layers.type());
  }

  private Halves halves(Ops ops, Tensors in) {
    Operand<TFloat32> first = ops.math.add(in.get("x0"), in.get("bias0"));
    return fused()
        ? Halves.of(ops, first)
        : new Halves(first, ops.math.add(in.get("x1"), in.get("bias1")));
  }

  /** From the parts, their biases and the gradient dy for y: y, and the gradients for the parts. */
  private Tensors valueAndGradients(Ops ops, Tensors in) {
    Halves halves = halves(ops, in);
    Operand<TFloat32> gate = halves.gate();
    Operand<TFloat32> dy = in.get("dy");
    Operand<TFloat32> sigmoid = ops.math.sigmoid(gate);
    Operand<TFloat32> silu = ops.math.mul(gate, sigmoid);
    Operand<TFloat32> one = ops.constant(1f);
    Operand<TFloat32> slope = // s∘(1 + g∘(1 − s))
        ops.math.mul(sigmoid, ops.math.add(one, ops.math.mul(gate, ops.math.sub(one, sigmoid))));
    Operand<TFloat32> dGate = ops.math.mul(ops.math.mul(dy, halves.value()), slope);
    Operand<TFloat32> dValue = ops.math.mul(dy, silu);
    Tensors value = Tensors.of("y", layers.typed(ops, ops.math.mul(silu, halves.value())));
    return fused()
        ? value.and("x0", layers.typed(ops, ops.concat(List.of(dGate, dValue), ops.constant(1))))
        : value.and("x0", layers.typed(ops, dGate)).and("x1", layers.typed(ops, dValue));
  }

  private static <T extends TFloating> CustomGradient.Gradient gradient(
      Class<T> type, int parts, GraphFunction backward, GraphFunction biasGradient) {
    return (ops, values, dy) -> {
      Operand<T> dProduct = dy.get("product", type);
      Operand<T> dActivated = Products.inputGradient(ops, dProduct, values.get("kernel", type));
      Tensors again = backward.call(ops, values.and("dy", dActivated));
      Tensors gradients =
          Tensors.of("kernel", Products.wideKernelGradient(ops, again.get("y", type), dProduct));
      for (int i = 0; i < parts; i++) {
        Operand<T> dX = again.get("x" + i, type);
        Operand<TFloat32> dBias = biasGradient.call(ops, Tensors.of("product", dX)).get("bias");
        gradients = gradients.and("x" + i, dX).and("bias" + i, dBias);
      }
      return gradients;
    };
  }
}
