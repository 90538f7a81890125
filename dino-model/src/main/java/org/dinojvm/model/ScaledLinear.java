package org.dinojvm.model;

import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.zeros;

import org.dinojvm.model.TokenLayers.Activation;
import org.dinojvm.model.TokenLayers.Product;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * A branch's last linear layer and LayerScale: γ∘(x·W + b). Computed as x·(W·diag γ) + γ∘b, which
 * is the same function with the same gradients, and passes over W instead of all rows.
 */
public final class ScaledLinear {

  private ScaledLinear() {}

  /**
   * The layer.
   *
   * @param p kernel and bias
   * @param x [n, in]
   * @param gamma γ, [out]
   * @return [n, out]
   */
  public static <T extends TFloating> Product<T> of(
      TokenLayers<T> layers, Params p, Activation<T> x, int in, int out, Operand<TFloat32> gamma) {
    Ops tf = layers.tf();
    Operand<TFloat32> kernel = p.get("kernel", Shape.of(in, out), normal(0.02));
    Operand<TFloat32> bias = p.get("bias", Shape.of(out), zeros());
    return new Product<>(
        x.times(layers.typed(tf, tf.math.mul(kernel, gamma))), tf.math.mul(bias, gamma));
  }
}
