package org.dinojvm.model;

import static org.dinojvm.model.Initializer.zeros;

import com.google.common.base.Joiner;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.Attention.Attended;
import org.dinojvm.model.TokenLayers.Activation;
import org.dinojvm.model.TokenLayers.Product;
import org.dinojvm.model.TokenLayers.Size;
import org.dinojvm.model.xla.Recomputation;
import org.dinojvm.model.xla.Region;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * A pre-norm block of a Vision Transformer: x + attention(norm(x)), then x + mlp(norm(x)).
 *
 * <p>Letters in shapes: B pictures, T tokens, n = B·T rows, D features, N heads.
 *
 * @param layers how the block is computed
 * @param dim D
 * @param heads N
 * @param options of the network
 * @param rotary what queries and keys are turned by, if by anything
 */
record Block<T extends TFloating>(
    TokenLayers<T> layers,
    int dim,
    int heads,
    VitOptions options,
    Optional<RotaryPositions> rotary) {

  /**
   * What a block gives.
   *
   * @param x the stream after it
   * @param attention weights [B, N, T, T]; none where the block is recomputed
   */
  record Output<T extends TFloating>(ResidualStream<T> x, Optional<Operand<T>> attention) {}

  /** Runs the block. */
  Output<T> of(Params p, ResidualStream<T> x, DropPath.Factors drop, Size size) {
    Activation<T> normed = x.norm(p.at("norm1"), dim, options.normEpsilon());
    Attended<T> attended = attend(p.at("attn"), normed, size);
    Product<T> projected = project(p.at("attn"), attended);
    x = x.plus(projected, layerScale(p.at("ls1")), drop.attention());
    Product<T> fed = feedForward(p.at("mlp"), x.norm(p.at("norm2"), dim, options.normEpsilon()));
    x = x.plus(fed, layerScale(p.at("ls2")), drop.mlp());
    return new Output<>(x, Optional.of(attended.weights()));
  }

  /** [n, D] → [n, D], before the projection. */
  private Attended<T> attend(Params p, Activation<T> x, Size size) {
    Product<T> qkv = layers.linear(p.at("qkv"), x, dim, 3 * dim, this::qkvBias);
    return new Attention<>(layers, dim, heads, size, rotary).of(qkv);
  }

  /** [3D]. */
  private Operand<TFloat32> qkvBias(Params p) {
    Ops tf = layers.tf();
    Shape shape = Shape.of(3L * dim);
    return switch (options.qkvBias()) {
      case NONE -> tf.fill(tf.constant(new int[] {3 * dim}), tf.constant(0f));
      case FULL -> p.get("bias", shape, zeros());
      case MASKED ->
          tf.math.mul(p.get("bias", shape, zeros()), p.fixed("bias_mask", shape, withoutKeys()));
    };
  }

  /** DINOv3's mask: 1 for queries and values, 0 for keys. */
  private Initializer withoutKeys() {
    return (tf, shape, seed) -> {
      Operand<TInt32> third = tf.constant(new int[] {dim});
      Operand<TFloat32> ones = tf.fill(third, tf.constant(1f));
      return tf.concat(List.of(ones, tf.fill(third, tf.constant(0f)), ones), tf.constant(0));
    };
  }

  /** [D]; none without layer scale. */
  private Optional<Operand<TFloat32>> layerScale(Params p) {
    return options.layerScale() == 0
        ? Optional.empty()
        : Optional.of(
            p.get("gamma", Shape.of(dim), Initializer.constant((float) options.layerScale())));
  }

  /** [n, D] → [n, D]. */
  private Product<T> project(Params p, Attended<T> attended) {
    return layers.linear(p.at("proj"), attended.rows(), dim, dim);
  }

  /** [n, D] → [n, D]. */
  private Product<T> feedForward(Params p, Activation<T> x) {
    int hidden = options.ffnDim();
    return switch (options.ffn()) {
      case MLP ->
          layers.linear(
              p.at("fc2"), layers.gelu(layers.linear(p.at("fc1"), x, dim, hidden)), hidden, dim);
      case SWIGLU -> {
        Product<T> gate = layers.linear(p.at("w1"), x, dim, hidden);
        Product<T> value = layers.linear(p.at("w2"), x, dim, hidden);
        yield layers.linear(p.at("w3"), layers.swiglu(List.of(gate, value)), hidden, dim);
      }
      case SWIGLU_FUSED -> {
        Product<T> both = layers.linear(p.at("w12"), x, dim, 2 * hidden);
        yield layers.linear(p.at("w3"), layers.swiglu(List.of(both)), hidden, dim);
      }
    };
  }

  /**
   * Runs the block so that the backward pass runs it once more, for which only the stream is kept.
   */
  Output<T> recomputed(Params p, ResidualStream<T> x, DropPath.Factors drop, PatchGrid.Known grid) {
    Ops tf = layers.tf();
    Operand<TFloat32> before = x.sum();
    Operand<TFloat32> after = after(tf, false, p, before, drop, grid);
    Tensors inputs = Tensors.of("before", before);
    Map<String, Operand<TFloat32>> weights = p.values();
    for (String name : weights.keySet()) {
      inputs = inputs.and(name, weights.get(name));
    }
    Tensors factors =
        Tensors.none()
            .and("drop_attention", drop.attention())
            .and("drop_mlp", drop.mlp())
            .and("cosines", rotary.map(RotaryPositions::cosines))
            .and("sines", rotary.map(RotaryPositions::sines));
    Region.Body again =
        (ops, in) -> {
          Params given = Params.of(ops, in::get);
          DropPath.Factors same =
              new DropPath.Factors(in.find("drop_attention"), in.find("drop_mlp"));
          Optional<RotaryPositions> turns =
              in.find("sines").map(sines -> new RotaryPositions(in.get("cosines"), sines));
          return Tensors.of(
              "after",
              new Block<>(layers, dim, heads, options, turns)
                  .after(ops, true, given, in.get("before"), same, grid));
        };
    Tensors outputs =
        Recomputation.of(tf, name(grid), Tensors.of("after", after), inputs, factors, again);
    return new Output<>(ResidualStream.of(layers, outputs.get("after")), Optional.empty());
  }

  /** The stream after the block, [n, D]. */
  private Operand<TFloat32> after(
      Ops tf,
      boolean gradients,
      Params p,
      Operand<TFloat32> before,
      DropPath.Factors drop,
      PatchGrid.Known grid) {
    TokenLayers<T> same = new TokenLayers<>(tf, layers.type(), layers.compiled(), gradients);
    return new Block<>(same, dim, heads, options, rotary)
        .of(
            p,
            ResidualStream.of(same, before),
            drop,
            new Size(tf.constant(grid.pictures()), tf.constant(grid.tokens())))
        .x()
        .sum();
  }

  /** Of the options the inputs tell but the epsilon: weights have other names or shapes. */
  private String name(PatchGrid.Known grid) {
    List<?> parts =
        List.of(
            "block",
            grid.pictures(),
            grid.tokens(),
            heads,
            options.normEpsilon(),
            layers.compiled() ? "compiled" : "inline",
            layers.type().getSimpleName());
    return Joiner.on('_').join(parts);
  }
}
