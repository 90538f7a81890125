package org.dinojvm.model.xcit;

import static org.dinojvm.model.Layers.cast;

import java.util.List;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Params;
import org.dinojvm.model.PatchGrid;
import org.dinojvm.model.Products;
import org.dinojvm.model.ResidualStream;
import org.dinojvm.model.TokenLayers;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * A class attention block (Touvron et al. 2021) as XCiT has it: only the class token asks, and only
 * it goes through projection and MLP. Patches are changed all the same: with u = norm1(x) they
 * become x + γ1·u, then norm2 of that, if it is for all tokens, then twice that.
 *
 * <p>Letters in shapes: B pictures, P patches of each, T = 1 + P tokens, D features, N heads.
 *
 * @param layers how matrix products are computed
 * @param network that it belongs to
 */
record ClassAttentionBlock<T extends TFloating>(TokenLayers<T> layers, Xcit network) {

  /**
   * Tokens of all pictures.
   *
   * @param cls class tokens, [B, D]
   * @param patches [B·P, D]
   */
  record Tokens(Operand<TFloat32> cls, Operand<TFloat32> patches) {}

  /**
   * What a block gives.
   *
   * @param attention of the class token over all tokens, [B, N, 1, T]
   */
  record Output(Tokens tokens, Operand<TFloat32> attention) {}

  /** What attention gives: [B, D], and its weights [B, N, 1, T]. */
  private record Attended(Operand<TFloat32> rows, Operand<TFloat32> weights) {}

  /** Runs the block. */
  Output of(Params p, Tokens x) {
    Ops tf = layers.tf();
    Operand<TFloat32> gamma1 = gamma(p, "gamma1");
    Tokens normed = new Tokens(norm(p, "norm1", x.cls), norm(p, "norm1", x.patches));
    Attended attended = attend(p.at("attn"), normed);
    Operand<TFloat32> projected = linear(p.at("attn").at("proj"), attended.rows, dim(), dim());
    Operand<TFloat32> cls = norm(p, "norm2", tf.math.add(x.cls, tf.math.mul(projected, gamma1)));
    Operand<TFloat32> patches = tf.math.add(x.patches, tf.math.mul(normed.patches, gamma1));
    if (network.tokensNorm()) {
      patches = norm(p, "norm2", patches);
    }
    Operand<TFloat32> fed = tf.math.mul(mlp(p.at("mlp"), cls), gamma(p, "gamma2"));
    return new Output(
        new Tokens(tf.math.add(cls, fed), tf.math.add(patches, patches)), attended.weights);
  }

  /** Before the projection. */
  private Attended attend(Params p, Tokens x) {
    Ops tf = layers.tf();
    Operand<TFloat32> kernel = // [D, 3D]: queries, keys, values
        p.at("qkv").get("kernel", Shape.of(dim(), 3L * dim()), Initializer.normal(0.02));
    Operand<TFloat32> bias = p.at("qkv").get("bias", Shape.of(3L * dim()), Initializer.zeros());
    Operand<TFloat32> tokens = byPicture(x); // [B, T, D]
    int heads = network.numHeads();
    Operand<TInt32> byHead =
        tf.stack(
            List.of(
                PatchGrid.size(tf, tokens, 0),
                PatchGrid.size(tf, tokens, 1),
                tf.constant(2),
                tf.constant(heads),
                tf.constant(dim() / heads)));
    Operand<T> queries = // [B, N, 1, D/N]
        tf.reshape(
            product(x.cls, kernel, bias, 0, dim()),
            tf.constant(new int[] {-1, heads, 1, dim() / heads}));
    Operand<T> keysAndValues = product(rows(tokens), kernel, bias, dim(), 2 * dim());
    List<? extends Operand<T>> parts = // [B, N, T, D/N]
        tf.unstack(
                tf.linalg.transpose(
                    tf.reshape(keysAndValues, byHead), tf.constant(new int[] {2, 0, 3, 1, 4})),
                2L)
            .output();
    Operand<TFloat32> scores =
        tf.math.mul(
            cast(tf, Products.batched(layers, queries, parts.get(0), false, true), TFloat32.class),
            tf.constant((float) Math.sqrt((double) heads / dim())));
    Operand<TFloat32> weights = tf.nn.softmax(scores);
    Operand<T> mixed = // [B, N, 1, D/N]
        Products.batched(layers, layers.typed(tf, weights), parts.get(1), false, false);
    return new Attended(rows(cast(tf, mixed, TFloat32.class)), weights);
  }

  /** x·W + b for some columns of W and b: [n, D] → [n, columns]. */
  private Operand<T> product(
      Operand<TFloat32> x,
      Operand<TFloat32> kernel,
      Operand<TFloat32> bias,
      int from,
      int columns) {
    Ops tf = layers.tf();
    Operand<TFloat32> part =
        tf.slice(kernel, tf.constant(new int[] {0, from}), tf.constant(new int[] {dim(), columns}));
    Operand<TFloat32> added =
        tf.slice(bias, tf.constant(new int[] {from}), tf.constant(new int[] {columns}));
    return tf.nn.biasAdd(
        Products.times(tf, layers.typed(tf, x), layers.typed(tf, part)), layers.typed(tf, added));
  }

  /** All tokens, class token first: [B, T, D]. */
  Operand<TFloat32> byPicture(Tokens x) {
    Ops tf = layers.tf();
    Operand<TInt32> shape =
        tf.stack(List.of(PatchGrid.size(tf, x.cls, 0), tf.constant(-1), tf.constant(dim())));
    return tf.concat(
        List.of(tf.expandDims(x.cls, tf.constant(1)), tf.reshape(x.patches, shape)),
        tf.constant(1));
  }

  /** [B, .., D] or [B, N, 1, D/N] → [n, D]. */
  private Operand<TFloat32> rows(Operand<TFloat32> x) {
    Ops tf = layers.tf();
    return tf.reshape(x, tf.constant(new int[] {-1, dim()}));
  }

  /** [B, D] → [B, D]. */
  private Operand<TFloat32> mlp(Params p, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    int hidden = Xcit.MLP_RATIO * dim();
    return linear(
        p.at("fc2"), Layers.gelu(tf, linear(p.at("fc1"), x, dim(), hidden)), hidden, dim());
  }

  /** [B, in] → [B, out]. */
  private Operand<TFloat32> linear(Params p, Operand<TFloat32> x, int in, int out) {
    Ops tf = layers.tf();
    return cast(tf, Layers.linear(tf, p, layers.typed(tf, x), in, out), TFloat32.class);
  }

  /** [n, D] → [n, D]. */
  private Operand<TFloat32> norm(Params p, String name, Operand<TFloat32> rows) {
    return ResidualStream.of(layers, rows).normRows(p.at(name), dim(), Xcit.NORM_EPSILON);
  }

  /** [D]. */
  private Operand<TFloat32> gamma(Params p, String name) {
    return p.get(name, Shape.of(dim()), Initializer.constant((float) network.layerScale()));
  }

  private int dim() {
    return network.embedDim();
  }
}
