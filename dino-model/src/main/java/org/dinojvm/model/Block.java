package org.dinojvm.model;

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
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * A pre-norm block of a Vision Transformer: x + attention(norm(x)), then x + mlp(norm(x)).
 *
 * <p>Letters in shapes: B pictures, T tokens, n = B·T rows, D features, N heads.
 *
 * @param layers how the block is computed
 * @param dim D
 * @param heads N
 * @param epsilon of the layer norms
 */
record Block<T extends TFloating>(TokenLayers<T> layers, int dim, int heads, float epsilon) {

  /** Width of the MLP in parts of D. */
  static final int MLP_RATIO = 4;

  /**
   * What a block gives.
   *
   * @param x the stream after it
   * @param attention weights [B, N, T, T]; none where the block is recomputed
   */
  record Output<T extends TFloating>(ResidualStream<T> x, Optional<Operand<T>> attention) {}

  /** Runs the block. */
  Output<T> of(Params p, ResidualStream<T> x, DropPath.Factors drop, Size size) {
    Activation<T> normed = x.norm(p.at("norm1"), dim, epsilon);
    Attended<T> attended = attend(p.at("attn"), normed, size);
    x = x.plus(project(p.at("attn"), attended), drop.attention());
    x = x.plus(mlp(p.at("mlp"), x.norm(p.at("norm2"), dim, epsilon)), drop.mlp());
    return new Output<>(x, Optional.of(attended.weights()));
  }

  /** [n, D] → [n, D], before the projection. */
  private Attended<T> attend(Params p, Activation<T> x, Size size) {
    Product<T> qkv = layers.linear(p.at("qkv"), x, dim, 3 * dim);
    return new Attention<>(layers, dim, heads, size).of(qkv);
  }

  /** [n, D] → [n, D]. */
  private Product<T> project(Params p, Attended<T> attended) {
    return layers.linear(p.at("proj"), attended.rows(), dim, dim);
  }

  /** [n, D] → [n, D]. */
  private Product<T> mlp(Params p, Activation<T> x) {
    Product<T> hidden = layers.linear(p.at("fc1"), x, dim, MLP_RATIO * dim);
    return layers.linear(p.at("fc2"), layers.gelu(hidden), MLP_RATIO * dim, dim);
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
        Tensors.none().and("drop_attention", drop.attention()).and("drop_mlp", drop.mlp());
    Region.Body again =
        (ops, in) -> {
          Params given = Params.of(ops, in::get);
          DropPath.Factors same =
              new DropPath.Factors(in.find("drop_attention"), in.find("drop_mlp"));
          return Tensors.of("after", after(ops, true, given, in.get("before"), same, grid));
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
    return new Block<>(same, dim, heads, epsilon)
        .of(
            p,
            ResidualStream.of(same, before),
            drop,
            new Size(tf.constant(grid.pictures()), tf.constant(grid.tokens())))
        .x()
        .sum();
  }

  private String name(PatchGrid.Known grid) {
    List<?> parts =
        List.of(
            "block",
            grid.pictures(),
            grid.tokens(),
            heads,
            epsilon,
            layers.compiled() ? "compiled" : "inline",
            layers.type().getSimpleName());
    return Joiner.on('_').join(parts);
  }
}
