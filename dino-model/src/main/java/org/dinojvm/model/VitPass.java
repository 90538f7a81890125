package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.ones;
import static org.dinojvm.model.Initializer.zeros;
import static org.dinojvm.model.Layers.cast;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * A forward pass of a Vision Transformer.
 *
 * <p>Letters in shapes: B pictures, h × w patches, R registers, T = 1 + R + h·w tokens, D features,
 * N heads.
 *
 * @param p the network's weights
 * @param blocks the stream after each block, before the final norm
 * @param attention weights of the last block, [B, N, T, T]; none where blocks are recomputed
 */
record VitPass<T extends TFloating>(
    Ops tf,
    VisionTransformer network,
    Params p,
    PatchGrid grid,
    List<ResidualStream<T>> blocks,
    Optional<Operand<T>> attention)
    implements Backbone.Pass {

  /** The class token after the final norm, [B, D]. */
  @Override
  public Operand<TFloat32> features() {
    Operand<TFloat32> first = // the norm is by row, so only the class tokens need it
        slice(byPicture(last()), new int[3], new int[] {-1, 1, -1});
    holdNorms();
    return normed(
        network.options().finalNorms().untied() ? "cls_norm" : "norm",
        tf.reshape(first, tf.constant(new int[] {-1, network.embedDim()})));
  }

  @Override
  public Operand<TFloat32> tokens() {
    holdNorms();
    return normedTokens(last());
  }

  @Override
  public Operand<TFloat32> patchTokens() {
    Operand<TFloat32> patches =
        slice(tokens(), new int[] {0, network.prefixTokens(), 0}, new int[] {-1, -1, -1});
    return tf.reshape(patches, shape(grid.height(), grid.width(), tf.constant(network.embedDim())));
  }

  @Override
  public int depth() {
    return blocks.size();
  }

  @Override
  public List<Operand<TFloat32>> intermediateLayers(int count) {
    int depth = blocks.size();
    checkArgument(
        count >= 1 && count <= depth, "%s blocks asked for, must be 1 to %s", count, depth);
    holdNorms();
    List<Operand<TFloat32>> layers = new ArrayList<>();
    for (ResidualStream<T> block : blocks.subList(depth - count, depth)) {
      layers.add(normedTokens(block.sum()));
    }
    return layers;
  }

  @Override
  public Operand<TFloat32> lastAttention() {
    checkArgument(
        attention.isPresent(), "recomputed blocks keep no attention; give an arithmetic without");
    return cast(tf, attention.get(), TFloat32.class);
  }

  @Override
  public Operand<TFloat32> attentionMaps() {
    Operand<TFloat32> fromClassToken =
        slice(
            lastAttention(),
            new int[] {0, 0, 0, network.prefixTokens()},
            new int[] {-1, -1, 1, -1});
    return tf.reshape(
        fromClassToken, shape(tf.constant(network.numHeads()), grid.height(), grid.width()));
  }

  private Operand<TFloat32> last() {
    return blocks.get(blocks.size() - 1).sum();
  }

  /** All tokens after the final norm or norms: [B·T, D] → [B, T, D]. */
  private Operand<TFloat32> normedTokens(Operand<TFloat32> rows) {
    if (!network.options().finalNorms().untied()) {
      return byPicture(normed("norm", rows));
    }
    Operand<TFloat32> ofPrefix = byPicture(normed("cls_norm", rows));
    Operand<TFloat32> ofPatches = byPicture(normed("norm", rows));
    int prefix = network.prefixTokens();
    return tf.concat(
        List.of(
            slice(ofPrefix, new int[3], new int[] {-1, prefix, -1}),
            slice(ofPatches, new int[] {0, prefix, 0}, new int[] {-1, -1, -1})),
        tf.constant(1));
  }

  /** [n, D] → [n, D]. */
  private Operand<TFloat32> normed(String norm, Operand<TFloat32> rows) {
    return Layers.layerNorm(
        tf, p.at(norm), rows, network.embedDim(), network.options().normEpsilon());
  }

  /**
   * Weights of norms that files hold and this pass may not ask for: so that a network has the same
   * weights whatever is asked of it.
   */
  private void holdNorms() {
    Shape shape = Shape.of(network.embedDim());
    if (network.options().finalNorms().untied()) {
      hold("norm", shape);
      hold("cls_norm", shape);
    }
    if (network.options().finalNorms().local()) {
      hold("local_cls_norm", shape);
    }
  }

  private void hold(String norm, Shape shape) {
    p.at(norm).fixed("weight", shape, ones());
    p.at(norm).fixed("bias", shape, zeros());
  }

  /** [B·T, D] → [B, T, D]. */
  private Operand<TFloat32> byPicture(Operand<TFloat32> rows) {
    return tf.reshape(
        rows, tf.stack(List.of(tf.constant(-1), grid.tokens(tf), tf.constant(network.embedDim()))));
  }

  private Operand<TFloat32> slice(Operand<TFloat32> tensor, int[] begin, int[] size) {
    return tf.slice(tensor, tf.constant(begin), tf.constant(size));
  }

  /** Any number of pictures of a shape. */
  private Operand<TInt32> shape(
      Operand<TInt32> first, Operand<TInt32> second, Operand<TInt32> third) {
    return tf.stack(List.of(tf.constant(-1), first, second, third));
  }
}
