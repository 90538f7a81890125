package org.dinojvm.model;

import static org.dinojvm.model.Fusion.output;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;

/**
 * Products of rows x with weight-normalised rows W_k = g_k · v_k/‖v_k‖ (Salimans and Kingma 2016),
 * without W: the products with v are scaled instead, which for K in the tens of thousands touches a
 * small part of the memory.
 *
 * <p>With r = x·vᵀ and s_k = g_k/‖v_k‖ the result is y_nk = s_k r_nk, and from dy follow ds_k = Σ_n
 * dy_nk r_nk, dx = (dy·s) v, dg_k = ds_k/‖v_k‖ and dv_k = Σ_n dy_nk s_k x_n − (ds_k s_k/‖v_k‖²)
 * v_k.
 *
 * <p>Letters in shapes: n rows, d features, K prototypes.
 */
final class WeightNormedProduct {

  private static final Fusion ROW_SQUARES =
      Fusion.of(
          "row_squares",
          (ops, in) ->
              List.of(
                  ops.squeeze(
                      Sums.overLast(ops, ops.math.square(in.get(0))), Squeeze.axis(List.of(1L)))),
          List.of(TFloat32.class));

  /** Of product, v and a coefficient for each row of v. */
  private static final Fusion WITHOUT_MULTIPLE =
      Fusion.of(
          "without_multiple",
          (ops, in) ->
              List.of(
                  ops.math.sub(
                      in.get(0),
                      ops.math.mul(in.get(1), ops.expandDims(in.get(2), ops.constant(1))))),
          List.of(TFloat32.class));

  private WeightNormedProduct() {}

  /**
   * The products: [n, d] → [n, K].
   *
   * @param x [n, d]
   * @param v [K, d]
   * @param g [K, 1]
   */
  static Operand<TFloat32> of(
      Ops tf, Operand<TFloat32> x, Operand<TFloat32> v, Operand<TFloat32> g, boolean fused) {
    Operand<TFloat32> squares = // [K]
        output(ROW_SQUARES.kernel(tf, List.of(v), fused).call(tf, List.of(v)), 0);
    Operand<TFloat32> inverse = tf.math.rsqrt(squares);
    Operand<TFloat32> scale = tf.math.mul(tf.reshape(g, tf.constant(new int[] {-1})), inverse);
    Operand<TFloat32> raw = tf.linalg.matMul(x, v, MatMul.transposeB(true)); // [n, K]
    Fusion.Kernel withoutMultiple = WITHOUT_MULTIPLE.kernel(tf, List.of(v, v, squares), fused);
    return output(
        Differentiable.of(
            tf,
            "weight_normed_product",
            List.of(tf.math.mul(raw, scale)),
            List.of(x, v, g),
            (ops, in, out, dy) -> {
              Operand<TFloat32> dProduct = output(dy, 0);
              Operand<TFloat32> dRaw = ops.math.mul(dProduct, scale);
              Operand<TFloat32> dScale = // [K]
                  ops.reduceSum(ops.math.mul(dProduct, raw), ops.constant(0));
              Operand<TFloat32> coefficient = ops.math.div(ops.math.mul(dScale, scale), squares);
              Operand<TFloat32> byProduct = ops.linalg.matMul(dRaw, x, MatMul.transposeA(true));
              return List.of(
                  ops.linalg.matMul(dRaw, v),
                  withoutMultiple.call(ops, List.of(byProduct, v, coefficient)).get(0),
                  ops.expandDims(ops.math.mul(dScale, inverse), ops.constant(1)));
            }),
        0);
  }
}
