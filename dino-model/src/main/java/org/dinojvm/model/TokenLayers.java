package org.dinojvm.model;

import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.zeros;
import static org.dinojvm.model.Layers.cast;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.GraphFunction;
import org.dinojvm.model.xla.Region;
import org.dinojvm.model.xla.Sums;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * How the layers of a Vision Transformer's blocks are computed in one forward pass.
 *
 * <p>Each layer is written for both ways: inline, by TensorFlow's own ops and gradients, which any
 * runtime can load; and compiled, where XLA compiles what stands between two matrix products,
 * forward and backward, as a {@link Region}. A linear layer therefore leaves its bias to whoever
 * reads its {@link Product}, and computes what it reads ({@link Activation}) itself.
 *
 * <p>Letters in shapes: n = B·T rows of B pictures and T tokens, d features, N heads.
 *
 * @param tf ops of the pass's graph
 * @param type of matrix products and of what enters them; the residual stream, norms and biases are
 *     float32
 * @param compiled whether regions are compiled
 * @param gradients whether gradients will be taken; otherwise compiled layers have none
 */
public record TokenLayers<T extends TFloating>(
    Ops tf, Class<T> type, boolean compiled, boolean gradients) {

  /** What a linear layer gives: [n, d], and the bias [d] that is yet to be added. */
  public record Product<T extends TFloating>(Operand<T> value, Operand<TFloat32> bias) {

    /** With its bias, by an op of its own: [n, d]. */
    public Operand<T> biased(Ops tf) {
      return tf.nn.biasAdd(value, cast(tf, bias, value.type()));
    }
  }

  /**
   * What a linear layer reads: rows [n, d] that are cheap to compute. Where gradients are taken
   * they are computed again in the backward pass rather than kept.
   */
  public interface Activation<T extends TFloating> {
    /** Its product with a kernel: [n, d] · [d, k] → [n, k]. */
    Operand<T> times(Operand<T> kernel);
  }

  /** B and T, scalars. */
  public record Size(Operand<TInt32> pictures, Operand<TInt32> tokens) {

    /** The shape [B, T, further]. */
    public Operand<TInt32> with(Ops tf, int... further) {
      List<Operand<TInt32>> sizes = new ArrayList<>(List.of(pictures, tokens));
      for (int dimension : further) {
        sizes.add(tf.constant(dimension));
      }
      return tf.stack(sizes);
    }
  }

  /** A linear layer: [n, in] → [n, out]. */
  public Product<T> linear(Params p, Activation<T> x, int in, int out) {
    return linear(p, x, in, out, level -> level.get("bias", Shape.of(out), zeros()));
  }

  /**
   * A linear layer with a bias of its own kind: [n, in] → [n, out].
   *
   * @param biasOf the bias [out] from the layer's weights
   */
  public Product<T> linear(
      Params p, Activation<T> x, int in, int out, Function<Params, Operand<TFloat32>> biasOf) {
    Operand<TFloat32> kernel = p.get("kernel", Shape.of(in, out), normal(0.02));
    Operand<TFloat32> bias = biasOf.apply(p);
    return new Product<>(x.times(typedKernel(kernel)), bias);
  }

  /** A linear layer of rows that are there: [n, in] → [n, out]. */
  public Product<T> linear(Params p, Operand<T> x, int in, int out) {
    return linear(p, (Activation<T>) kernel -> Products.times(tf, x, kernel), in, out);
  }

  /** silu(gate)∘value of two products [n, d], or of the halves of one [n, 2d]: [n, d]. */
  Activation<T> swiglu(List<Product<T>> parts) {
    return new SwigluLinear<>(this, parts);
  }

  /**
   * A kernel in the type of matrix products: [in, out]. A region takes its gradient back to
   * float32, for TensorFlow's own kernel of that cast takes several times as long.
   */
  private Operand<T> typedKernel(Operand<TFloat32> kernel) {
    Operand<T> typed = cast(tf, kernel, type);
    if (type == TFloat32.class || !compiled || !gradients) {
      return typed;
    }
    GraphFunction backward =
        region("cast_backward", List.of(), (ops, in) -> Tensors.of("kernel", in.get("typed")))
            .function(tf, Tensors.of("typed", typed));
    return CustomGradient.of(
            tf,
            "cast",
            Tensors.of("typed", typed),
            Tensors.of("kernel", kernel),
            Tensors.none(),
            (ops, values, dy) -> backward.call(ops, dy))
        .get("typed", type);
  }

  /** The exact GELU: [n, d] → [n, d]. */
  public Activation<T> gelu(Product<T> x) {
    return new GeluLinear<>(this, x);
  }

  /**
   * The exact GELU of a map and its bias, in float32, where no matrix product follows: [B, h, w, d]
   * → [B, h, w, d].
   *
   * @param bias [d], known
   */
  public Operand<TFloat32> geluMap(Operand<TFloat32> map, Operand<TFloat32> bias) {
    if (!compiled) {
      return Layers.gelu(tf, tf.nn.biasAdd(map, bias)); // one call of oneDNN with a convolution
    }
    TokenLayers<TFloat32> inFloats = new TokenLayers<>(tf, TFloat32.class, true, gradients);
    Operand<TFloat32> rows = tf.reshape(map, tf.constant(new long[] {-1, bias.shape().get(0)}));
    return tf.reshape(
        new GeluLinear<>(inFloats, new Product<>(rows, bias)).compiledRows(), tf.shape(map));
  }

  /** A value in the type of matrix products, at a region's end. */
  public Operand<T> typed(Ops ops, Operand<TFloat32> x) {
    return cast(ops, x, type);
  }

  /**
   * A region of this pass's types.
   *
   * @param parameters whatever else tells this computation from others of the name
   */
  Region region(String name, List<?> parameters, Region.Body body) {
    List<Object> all = new ArrayList<>(parameters);
    all.add(type.getSimpleName());
    return Region.of(name, all, body);
  }

  /**
   * The gradient for a bias, {@code bias}, from that for a biased product, {@code product}: [n, d]
   * → [d].
   *
   * @param like of the product's shape
   */
  GraphFunction biasGradient(Operand<T> like) {
    return Region.of(
            "column_sums",
            List.of(),
            (ops, in) -> Tensors.of("bias", Sums.overRows(ops, in.get("product"))))
        .function(tf, Tensors.of("product", like));
  }
}
