package org.dinojvm.model;

import static org.dinojvm.model.Layers.cast;

import java.util.List;
import java.util.Optional;
import org.dinojvm.model.TokenLayers.Product;
import org.dinojvm.model.TokenLayers.Size;
import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.GraphFunction;
import org.dinojvm.model.xla.Region;
import org.dinojvm.model.xla.Sums;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Multi-head self-attention between its two linear layers: O = P·V with P = softmax(Q·Kᵀ/√(d/N)).
 *
 * <p>Compiled, it is one differentiable piece. Backward, dV = Pᵀ·dO, dP = dO·Vᵀ and dS = P∘(dP −
 * D), where D = Σ P∘dP by row is computed as Σ O∘dO, from rows of d/N numbers instead of T (Dao et
 * al. 2022, appendix B.2).
 *
 * <p>Letters in shapes: B pictures, T tokens, n = B·T rows, d features, N heads.
 *
 * @param dim d
 * @param heads N
 * @param size B and T
 * @param rotary what queries and keys are turned by, if by anything
 */
record Attention<T extends TFloating>(
    TokenLayers<T> layers, int dim, int heads, Size size, Optional<RotaryPositions> rotary) {

  /**
   * What attention gives.
   *
   * @param rows [n, d]
   * @param weights P, [B, N, T, T]
   */
  record Attended<T extends TFloating>(Operand<T> rows, Operand<T> weights) {}

  /** From queries, keys and values [n, 3d]. */
  Attended<T> of(Product<T> projected) {
    return layers.compiled() ? compiled(projected) : inline(projected);
  }

  private int headDim() {
    return dim / heads;
  }

  private Attended<T> inline(Product<T> projected) {
    Ops tf = layers.tf();
    Operand<T> split = tf.reshape(projected.biased(tf), size.with(tf, 3, heads, headDim()));
    List<Operand<T>> parts = byHead(tf, split);
    Tensors positions = positions();
    Operand<TFloat32> turned = turned(tf, cast(tf, parts.get(0), TFloat32.class), positions);
    Operand<T> queries = layers.typed(tf, scaled(tf, turned));
    Operand<T> keys =
        rotary.isEmpty()
            ? parts.get(1)
            : layers.typed(tf, turned(tf, cast(tf, parts.get(1), TFloat32.class), positions));
    Operand<T> weights = tf.nn.softmax(product(queries, keys, true));
    Operand<T> mixed = swapped(tf, product(weights, parts.get(2), false));
    return new Attended<>(rows(tf, mixed, dim), weights);
  }

  private Operand<T> product(Operand<T> a, Operand<T> b, boolean transposeB) {
    return layers.gradients()
        ? Products.batchedWithGradient(layers.tf(), a, b, transposeB)
        : Products.batched(layers.tf(), a, b, false, transposeB);
  }

  private Attended<T> compiled(Product<T> projected) {
    Ops tf = layers.tf();
    Class<T> type = layers.type();
    Tensors parts = split(projected);
    Operand<T> q = parts.get("q", type);
    Operand<T> v = parts.get("v", type);
    Operand<T> weights = tf.nn.softmax(Products.batched(tf, q, parts.get("k", type), false, true));
    Operand<T> mixed =
        swapped(tf, Products.batched(tf, weights, v, false, false)); // [B, T, N, d/N]
    Operand<T> rows = rows(tf, mixed, dim);
    if (!layers.gradients()) {
      return new Attended<>(rows, weights);
    }
    Tensors carried =
        CustomGradient.of(
            tf,
            "attention",
            Tensors.of("rows", rows),
            Tensors.of("product", projected.value()).and("bias", projected.bias()),
            parts
                .and("weights", weights)
                .and("mixed", mixed)
                .and("by_head", size.with(tf, heads, headDim()))
                .and(positions()),
            gradient(
                type,
                dim,
                softmaxBackward(weights, mixed),
                splitBackward(q),
                layers.biasGradient(projected.value())));
    return new Attended<>(carried.get("rows", type), weights);
  }

  private static <T extends TFloating> CustomGradient.Gradient gradient(
      Class<T> type,
      int dim,
      GraphFunction softmaxBackward,
      GraphFunction splitBackward,
      GraphFunction biasGradient) {
    return (ops, values, dy) -> {
      Operand<T> weights = values.get("weights", type);
      Operand<TInt32> byHead = values.get("by_head", TInt32.class);
      Operand<T> dTokens = ops.reshape(dy.get("rows", type), byHead); // [B, T, N, d/N]
      Operand<T> dMixed = swapped(ops, dTokens);
      Operand<T> dWeights = Products.batched(ops, dMixed, values.get("v", type), false, true);
      Operand<T> dScores =
          softmaxBackward
              .call(ops, values.and("d_weights", dWeights).and("d_mixed", dTokens))
              .get("d_scores", type);
      Tensors dParts =
          Tensors.of("q", Products.batched(ops, dScores, values.get("k", type), false, false))
              .and("k", Products.batched(ops, dScores, values.get("q", type), true, false))
              .and("v", Products.batched(ops, weights, dMixed, true, false));
      Operand<T> dSplit = splitBackward.call(ops, withPositions(dParts, values)).get("split", type);
      Tensors dProduct = Tensors.of("product", rows(ops, dSplit, 3 * dim));
      return dProduct.and(biasGradient.call(ops, dProduct));
    };
  }

  private static Tensors withPositions(Tensors parts, Tensors values) {
    return values.has("sines")
        ? parts.and("cosines", values.get("cosines")).and("sines", values.get("sines"))
        : parts;
  }

  /** [n, 3d] and its bias to three times [B, N, T, d/N], queries scaled. */
  private Tensors split(Product<T> projected) {
    Ops tf = layers.tf();
    Region.Body body =
        (ops, in) -> {
          List<Operand<TFloat32>> parts =
              byHead(ops, ops.math.add(in.get("split"), in.get("bias")));
          return Tensors.of("q", layers.typed(ops, scaled(ops, turned(ops, parts.get(0), in))))
              .and("k", layers.typed(ops, turned(ops, parts.get(1), in)))
              .and("v", layers.typed(ops, parts.get(2)));
        };
    Operand<T> split = tf.reshape(projected.value(), size.with(tf, 3, heads, headDim()));
    Operand<TFloat32> bias =
        tf.reshape(projected.bias(), tf.constant(new int[] {3, heads, headDim()}));
    return layers
        .region("split_heads", List.of(headDim()), body)
        .call(tf, Tensors.of("split", split).and("bias", bias).and(positions()));
  }

  private Tensors positions() {
    return Tensors.none()
        .and("cosines", rotary.map(RotaryPositions::cosines))
        .and("sines", rotary.map(RotaryPositions::sines));
  }

  /** Queries or keys, turned where there are rotary positions: [B, N, T, d/N]. */
  private static Operand<TFloat32> turned(Ops ops, Operand<TFloat32> x, Tensors in) {
    return in.has("sines") ? RotaryPositions.turned(ops, x, in.get("cosines"), in.get("sines")) : x;
  }

  private static Operand<TFloat32> turnedBack(Ops ops, Operand<TFloat32> dy, Tensors in) {
    return in.has("sines")
        ? RotaryPositions.turnedBack(ops, dy, in.get("cosines"), in.get("sines"))
        : dy;
  }

  /** Gradients for what {@link #split} gives, each like the queries, to [B, T, 3, N, d/N]. */
  private GraphFunction splitBackward(Operand<T> like) {
    Region.Body body =
        (ops, in) -> {
          Operand<TFloat32> parts =
              ops.stack(
                  List.of(
                      scaled(ops, turnedBack(ops, in.get("q"), in)),
                      turnedBack(ops, in.get("k"), in),
                      in.get("v")));
          return Tensors.of(
              "split",
              layers.typed(
                  ops, ops.linalg.transpose(parts, ops.constant(new int[] {1, 3, 0, 2, 4}))));
        };
    return layers
        .region("split_heads_backward", List.of(headDim()), body)
        .function(
            layers.tf(), Tensors.of("q", like).and("k", like).and("v", like).and(positions()));
  }

  /** P and dP, [B, N, T, T], O and dO, [B, T, N, d/N], to dS. */
  private GraphFunction softmaxBackward(Operand<T> weights, Operand<T> mixed) {
    Region.Body body =
        (ops, in) -> {
          Operand<TFloat32> sums = // [B, N, T, 1]
              swapped(ops, Sums.overLast(ops, ops.math.mul(in.get("mixed"), in.get("d_mixed"))));
          Operand<TFloat32> dScores =
              ops.math.mul(in.get("weights"), ops.math.sub(in.get("d_weights"), sums));
          return Tensors.of("d_scores", layers.typed(ops, dScores));
        };
    return layers
        .region("softmax_backward", List.of(), body)
        .function(
            layers.tf(),
            Tensors.of("weights", weights)
                .and("d_weights", weights)
                .and("mixed", mixed)
                .and("d_mixed", mixed));
  }

  /** Queries, keys and values by head: [B, T, 3, N, d/N] → three times [B, N, T, d/N]. */
  private static <S extends TFloating> List<Operand<S>> byHead(Ops ops, Operand<S> split) {
    return List.copyOf(
        ops.unstack(ops.linalg.transpose(split, ops.constant(new int[] {2, 0, 3, 1, 4})), 3L)
            .output());
  }

  /** Queries by 1/√(d/N), for they are fewer than the products; so are gradients for them. */
  private Operand<TFloat32> scaled(Ops ops, Operand<TFloat32> queries) {
    return ops.math.mul(queries, ops.constant((float) (1 / Math.sqrt(headDim()))));
  }

  /** [B, N, T, d/N] from [B, T, N, d/N], or the other way round. */
  private static <S extends TFloating> Operand<S> swapped(Ops ops, Operand<S> x) {
    return ops.linalg.transpose(x, ops.constant(new int[] {0, 2, 1, 3}));
  }

  /** [B, T, ..] → [n, columns]. */
  private static <S extends TFloating> Operand<S> rows(Ops ops, Operand<S> x, int columns) {
    return ops.reshape(x, ops.constant(new int[] {-1, columns}));
  }
}
