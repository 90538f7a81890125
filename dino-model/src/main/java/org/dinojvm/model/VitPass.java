package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Layers.cast;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * A forward pass of a Vision Transformer.
 *
 * <p>Letters in shapes: B pictures, h × w patches, T = 1 + h·w tokens, D features, N heads.
 *
 * @param norm weights of the final norm
 * @param blocks the stream after each block, before the final norm
 * @param attention weights of the last block, [B, N, T, T]; none where blocks are recomputed
 */
record VitPass<T extends TFloating>(
    Ops tf,
    VisionTransformer network,
    Params norm,
    PatchGrid grid,
    List<ResidualStream<T>> blocks,
    Optional<Operand<T>> attention)
    implements Backbone.Pass {

  /** The class token after the final norm, [B, D]. */
  @Override
  public Operand<TFloat32> features() {
    Operand<TFloat32> first = // the norm is by row, so only the class tokens need it
        slice(byPicture(last()), new int[3], new int[] {-1, 1, -1});
    return normed(tf.reshape(first, tf.constant(new int[] {-1, network.embedDim()})));
  }

  @Override
  public Operand<TFloat32> tokens() {
    return byPicture(normed(last()));
  }

  @Override
  public Operand<TFloat32> patchTokens() {
    Operand<TFloat32> patches = slice(tokens(), new int[] {0, 1, 0}, new int[] {-1, -1, -1});
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
    List<Operand<TFloat32>> layers = new ArrayList<>();
    for (ResidualStream<T> block : blocks.subList(depth - count, depth)) {
      layers.add(byPicture(normed(block.sum())));
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
        slice(lastAttention(), new int[] {0, 0, 0, 1}, new int[] {-1, -1, 1, -1});
    return tf.reshape(
        fromClassToken, shape(tf.constant(network.numHeads()), grid.height(), grid.width()));
  }

  private Operand<TFloat32> last() {
    return blocks.get(blocks.size() - 1).sum();
  }

  private Operand<TFloat32> normed(Operand<TFloat32> rows) {
    return Layers.layerNorm(tf, norm, rows, network.embedDim(), VisionTransformer.NORM_EPSILON);
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
