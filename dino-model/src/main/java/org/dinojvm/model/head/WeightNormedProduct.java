package org.dinojvm.model.head;

import java.util.List;
import java.util.Optional;
import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.GraphFunction;
import org.dinojvm.model.xla.Region;
import org.dinojvm.model.xla.Sums;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * Products of rows x with weight-normalized rows W_k = g_k · v_k/‖v_k‖ (Salimans and Kingma 2016),
 * without W: the products with v are scaled instead, which for K in the tens of thousands touches a
 * small part of the memory.
 *
 * <p>With r = x·vᵀ and s_k = g_k/‖v_k‖ the result is y_nk = s_k r_nk, and from dy follow ds_k = Σ_n
 * dy_nk r_nk, dx = (dy·s) v, dg_k = ds_k/‖v_k‖ and dv_k = Σ_n dy_nk s_k x_n − (ds_k s_k/‖v_k‖²)
 * v_k.
 *
 * <p>Letters in shapes: n rows, d features, K prototypes.
 *
 * @param compiled whether regions are compiled
 * @param gradients whether gradients will be taken
 */
record WeightNormedProduct(boolean compiled, boolean gradients) {

  /**
   * The products: [n, d] → [n, K].
   *
   * @param x [n, d]
   * @param v [K, d]
   * @param g [K, 1]
   */
  Operand<TFloat32> of(Ops tf, Operand<TFloat32> x, Operand<TFloat32> v, Operand<TFloat32> g) {
    Operand<TFloat32> squares = rowSquares(tf, v);
    Operand<TFloat32> inverse = tf.math.rsqrt(squares);
    Operand<TFloat32> scale = tf.math.mul(tf.reshape(g, tf.constant(new int[] {-1})), inverse);
    Operand<TFloat32> raw = tf.linalg.matMul(x, v, MatMul.transposeB(true)); // [n, K]
    Operand<TFloat32> product = tf.math.mul(raw, scale);
    if (!gradients) {
      return product;
    }
    Optional<GraphFunction> withoutMultiple =
        compiled
            ? Optional.of(
                Region.of("without_multiple", List.of(), WeightNormedProduct::withoutMultiple)
                    .function(tf, Tensors.of("sums", v).and("v", v).and("coefficient", squares)))
            : Optional.empty();
    return CustomGradient.of(
            tf,
            "weight_normed_product",
            Tensors.of("product", product),
            Tensors.of("x", x).and("v", v).and("g", g),
            Tensors.of("raw", raw)
                .and("scale", scale)
                .and("inverse", inverse)
                .and("squares", squares),
            gradient(withoutMultiple))
        .get("product");
  }

  private static CustomGradient.Gradient gradient(Optional<GraphFunction> withoutMultiple) {
    return (ops, values, dy) -> {
      Operand<TFloat32> x = values.get("x");
      Operand<TFloat32> v = values.get("v");
      Operand<TFloat32> scale = values.get("scale");
      Operand<TFloat32> dProduct = dy.get("product");
      Operand<TFloat32> dRaw = ops.math.mul(dProduct, scale);
      Operand<TFloat32> dScale = // [K]
          ops.reduceSum(ops.math.mul(dProduct, values.get("raw")), ops.constant(0));
      Tensors parts =
          Tensors.of("sums", ops.linalg.matMul(dRaw, x, MatMul.transposeA(true)))
              .and("v", v)
              .and("coefficient", ops.math.div(ops.math.mul(dScale, scale), values.get("squares")));
      Tensors dV =
          withoutMultiple
              .map(region -> region.call(ops, parts))
              .orElseGet(() -> withoutMultiple(ops, parts));
      Operand<TFloat32> dG = ops.math.mul(dScale, values.get("inverse"));
      return dV.and("x", ops.linalg.matMul(dRaw, v)).and("g", ops.expandDims(dG, ops.constant(1)));
    };
  }

  /** ‖v_k‖² by row, [K]. */
  private Operand<TFloat32> rowSquares(Ops tf, Operand<TFloat32> v) {
    Region.Body body =
        (ops, in) ->
            Tensors.of(
                "squares",
                ops.squeeze(
                    Sums.overLast(ops, ops.math.square(in.get("v"))), Squeeze.axis(List.of(1L))));
    Tensors rows = Tensors.of("v", v);
    Tensors squares =
        compiled ? Region.of("row_squares", List.of(), body).call(tf, rows) : body.of(tf, rows);
    return squares.get("squares");
  }

  /** Sums [K, d] less v [K, d] by a coefficient a row [K]: [K, d]. */
  private static Tensors withoutMultiple(Ops ops, Tensors in) {
    Operand<TFloat32> coefficients = ops.expandDims(in.get("coefficient"), ops.constant(1));
    return Tensors.of("v", ops.math.sub(in.get("sums"), ops.math.mul(in.get("v"), coefficients)));
  }
}
