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
import org.tensorflow.op.core.Gradients;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * Bias, exact GELU and the product with the next layer's kernel, y = GELU(x + bias)·W, as one
 * differentiable piece: the region that computes the gradient of GELU also computes it again, for
 * W's gradient.
 *
 * <p>Letters in shapes: n rows, d features, k of the result.
 *
 * @param x [n, d]
 */
record GeluLinear<T extends TFloating>(TokenLayers<T> layers, Product<T> x)
    implements Activation<T> {

  @Override
  public Operand<T> times(Operand<T> kernel) {
    return layers.compiled() ? compiled(kernel) : Products.times(layers.tf(), inline(), kernel);
  }

  /** [n, d]; without gradients in the products' type, as oneDNN has it in one call with them. */
  private Operand<T> inline() {
    Ops tf = layers.tf();
    if (!layers.gradients()) {
      return Layers.gelu(tf, x.biased(tf));
    }
    return layers.typed(tf, Layers.gelu(tf, cast(tf, x.biased(tf), TFloat32.class)));
  }

  /** GELU(x + bias) itself, where no matrix product follows: [n, d]. */
  Operand<T> compiledRows() {
    Ops tf = layers.tf();
    Tensors inputs = inputs();
    Tensors activated = activated(inputs);
    if (layers.gradients()) {
      GraphFunction backward =
          layers
              .region("bias_gelu_rows_backward", List.of(), this::inputGradient)
              .function(tf, inputs.and("dy", x.value()));
      GraphFunction biasGradient = layers.biasGradient(x.value());
      Class<T> type = layers.type();
      CustomGradient.Gradient gradient =
          (ops, values, dy) -> {
            Operand<T> dX = backward.call(ops, values.and("dy", dy.get("y", type))).get("x", type);
            return Tensors.of("x", dX).and(biasGradient.call(ops, Tensors.of("product", dX)));
          };
      activated = CustomGradient.of(tf, "gelu_rows", activated, inputs, Tensors.none(), gradient);
    }
    return activated.get("y", layers.type());
  }

  private Tensors inputs() {
    return Tensors.of("x", x.value()).and("bias", x.bias());
  }

  private Tensors activated(Tensors inputs) {
    return layers
        .region(
            "bias_gelu",
            List.of(),
            (ops, in) -> Tensors.of("y", layers.typed(ops, Layers.gelu(ops, biased(ops, in)))))
        .call(layers.tf(), inputs);
  }

  private Operand<T> compiled(Operand<T> kernel) {
    Ops tf = layers.tf();
    Tensors inputs = inputs();
    Operand<T> activated = activated(inputs).get("y", layers.type());
    Operand<T> product = Products.times(tf, activated, kernel);
    if (!layers.gradients()) {
      return product;
    }
    GraphFunction backward =
        layers
            .region("bias_gelu_backward", List.of(), this::geluAndGradient)
            .function(tf, inputs.and("dy", x.value()));
    return CustomGradient.of(
            tf,
            "gelu_linear",
            Tensors.of("product", product),
            inputs.and("kernel", kernel),
            Tensors.none(),
            gradient(layers.type(), backward, layers.biasGradient(x.value())))
        .get("product", layers.type());
  }

  private static Operand<TFloat32> biased(Ops ops, Tensors in) {
    return ops.math.add(in.get("x"), in.get("bias"));
  }

  /** From x, its bias and the gradient dy for y = GELU(x + bias): y, and the gradient for x. */
  private Tensors geluAndGradient(Ops ops, Tensors in) {
    Operand<TFloat32> biased = biased(ops, in);
    Operand<TFloat32> gelu = Layers.gelu(ops, biased);
    return Tensors.of("y", layers.typed(ops, gelu)).and(gradient(ops, in, biased, gelu));
  }

  /** The same without y. */
  private Tensors inputGradient(Ops ops, Tensors in) {
    Operand<TFloat32> biased = biased(ops, in);
    return gradient(ops, in, biased, Layers.gelu(ops, biased));
  }

  private Tensors gradient(Ops ops, Tensors in, Operand<TFloat32> biased, Operand<TFloat32> gelu) {
    Gradients gradients =
        ops.gradients(
            List.of(ops.identity(gelu)), List.of(biased), Gradients.dx(List.of(in.get("dy"))));
    return Tensors.of("x", layers.typed(ops, gradients.dy(0)));
  }

  private static <T extends TFloating> CustomGradient.Gradient gradient(
      Class<T> type, GraphFunction backward, GraphFunction biasGradient) {
    return (ops, values, dy) -> {
      Operand<T> dProduct = dy.get("product", type);
      Operand<T> dActivated = Products.inputGradient(ops, dProduct, values.get("kernel", type));
      Tensors again = backward.call(ops, values.and("dy", dActivated));
      Operand<T> dX = again.get("x", type);
      return Tensors.of("x", dX)
          .and(biasGradient.call(ops, Tensors.of("product", dX)))
          .and("kernel", Products.wideKernelGradient(ops, again.get("y", type), dProduct));
    };
  }
}
