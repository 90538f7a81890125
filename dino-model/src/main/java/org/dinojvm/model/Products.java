package org.dinojvm.model;

import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TFloating;

/**
 * Matrix products and their gradients.
 *
 * <p>Letters in shapes: n rows, d and k features.
 */
public final class Products {

  private Products() {}

  /** x·W: [n, d] · [d, k] → [n, k]. */
  public static <T extends TFloating> Operand<T> times(Ops tf, Operand<T> x, Operand<T> kernel) {
    return tf.linalg.matMul(x, kernel);
  }

  /** Gradient of {@link #times} for x: [n, k] · [d, k]ᵀ → [n, d]. */
  static <T extends TFloating> Operand<T> inputGradient(Ops tf, Operand<T> dy, Operand<T> kernel) {
    return tf.linalg.matMul(dy, kernel, MatMul.transposeB(true));
  }

  /** Gradient of {@link #times} for W: [n, d]ᵀ · [n, k] → [d, k]. */
  static <T extends TFloating> Operand<T> kernelGradient(Ops tf, Operand<T> x, Operand<T> dy) {
    return tf.linalg.matMul(x, dy, MatMul.transposeA(true));
  }

  /**
   * {@link #kernelGradient} for d greater than k, by oneDNN's product of batches: its plain one
   * takes a seventh longer where it has to transpose a wide matrix, in float32.
   */
  static <T extends TFloating> Operand<T> wideKernelGradient(Ops tf, Operand<T> x, Operand<T> dy) {
    return batched(tf, x, dy, true, false);
  }

  /**
   * Products of the last two dimensions: [.., n, d] · [.., d, k] → [.., n, k]. By the older of
   * TensorFlow's ops for it, BatchMatMulV2, which alone has a oneDNN kernel: six times as fast.
   *
   * @param transposeA whether a is given as [.., d, n]
   * @param transposeB whether b is given as [.., k, d]
   */
  public static <T extends TFloating> Operand<T> batched(
      Ops tf, Operand<T> a, Operand<T> b, boolean transposeA, boolean transposeB) {
    OperationBuilder product = tf.scope().opBuilder("BatchMatMulV2", "BatchMatMul");
    product.addInput(a.asOutput());
    product.addInput(b.asOutput());
    product.setAttr("adj_x", transposeA);
    product.setAttr("adj_y", transposeB);
    return product.build().output(0);
  }

  /** {@link #batched} as a pass needs it: with gradients, if any will be taken. */
  public static <T extends TFloating> Operand<T> batched(
      TokenLayers<T> layers, Operand<T> a, Operand<T> b, boolean transposeA, boolean transposeB) {
    return layers.gradients()
        ? batchedWithGradient(layers.tf(), a, b, transposeA, transposeB)
        : batched(layers.tf(), a, b, transposeA, transposeB);
  }

  /**
   * {@link #batched} with gradients that are such products too; TensorFlow's own gradient is by
   * BatchMatMulV3. Not of aᵀ and bᵀ together.
   */
  private static <T extends TFloating> Operand<T> batchedWithGradient(
      Ops tf, Operand<T> a, Operand<T> b, boolean transposeA, boolean transposeB) {
    Class<T> type = a.type();
    CustomGradient.Gradient gradient =
        (ops, values, gradients) -> {
          Operand<T> dy = gradients.get("product", type);
          Operand<T> left = values.get("a", type);
          Operand<T> right = values.get("b", type);
          Operand<T> dLeft =
              transposeA
                  ? batched(ops, right, dy, false, true)
                  : batched(ops, dy, right, false, !transposeB);
          Operand<T> dRight =
              transposeB
                  ? batched(ops, dy, left, true, false)
                  : batched(ops, left, dy, !transposeA, false);
          return Tensors.of("a", dLeft).and("b", dRight);
        };
    return CustomGradient.of(
            tf,
            "BatchMatMul",
            Tensors.of("product", batched(tf, a, b, transposeA, transposeB)),
            Tensors.of("a", a).and("b", b),
            Tensors.none(),
            gradient)
        .get("product", type);
  }
}
