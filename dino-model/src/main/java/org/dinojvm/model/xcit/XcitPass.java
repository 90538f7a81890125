package org.dinojvm.model.xcit;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Layers.cast;

import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Params;
import org.dinojvm.model.PatchGrid;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * A forward pass of an XCiT.
 *
 * <p>Letters in shapes: B pictures, h × w patches, T = 1 + h·w tokens, D features, N heads, c =
 * D/N.
 *
 * @param norm weights of the final norm
 * @param embedding patches before positions are added, [B, h·w, D]
 * @param positions [h·w, D]
 * @param blocks what each block gave
 * @param gathered what the last class attention gave
 */
public record XcitPass<T extends TFloating>(
    Ops tf,
    Xcit network,
    Params norm,
    PatchGrid grid,
    Operand<TFloat32> embedding,
    Operand<TFloat32> positions,
    List<XcitBlock.Output<T>> blocks,
    ClassAttentionBlock.Output gathered)
    implements Backbone.Pass {

  /** The class token after the final norm, [B, D]. */
  @Override
  public Operand<TFloat32> features() {
    return normed(gathered.tokens().cls());
  }

  /** {@inheritDoc} Patches are as class attention leaves them, which nothing was trained to use. */
  @Override
  public Operand<TFloat32> tokens() {
    ClassAttentionBlock.Tokens last = gathered.tokens();
    Operand<TFloat32> patches = tf.reshape(normed(last.patches()), grid.rows(tf, dim()));
    return tf.concat(List.of(tf.expandDims(features(), tf.constant(1)), patches), tf.constant(1));
  }

  @Override
  public Operand<TFloat32> patchTokens() {
    return tf.reshape(normed(gathered.tokens().patches()), grid.map(tf, dim()));
  }

  /**
   * The patches after the last blocks: there is no class token yet, and no norm.
   *
   * @param count how many blocks, from the end
   * @return {@code count} tensors [B, h·w, D], the last block's last
   */
  @Override
  public List<Operand<TFloat32>> intermediateLayers(int count) {
    int depth = blocks.size();
    checkArgument(
        count >= 1 && count <= depth, "%s blocks asked for, must be 1 to %s", count, depth);
    List<Operand<TFloat32>> layers = new ArrayList<>();
    for (XcitBlock.Output<T> block : blocks.subList(depth - count, depth)) {
      layers.add(tf.reshape(block.x().sum(), grid.rows(tf, dim())));
    }
    return layers;
  }

  /** Attention of the class token in the last class attention block, [B, N, 1, T]. */
  @Override
  public Operand<TFloat32> lastAttention() {
    return gathered.attention();
  }

  @Override
  public Operand<TFloat32> attentionMaps() {
    Operand<TFloat32> ofPatches =
        tf.slice(
            lastAttention(),
            tf.constant(new int[] {0, 0, 0, 1}),
            tf.constant(new int[] {-1, -1, 1, -1}));
    return tf.reshape(
        ofPatches,
        tf.stack(
            List.of(
                tf.constant(-1), tf.constant(network.numHeads()), grid.height(), grid.width())));
  }

  /** Attention of channels over channels in the last block, [B, N, c, c]. */
  public Operand<TFloat32> lastCrossCovariance() {
    return cast(tf, blocks.get(blocks.size() - 1).attention(), TFloat32.class);
  }

  private Operand<TFloat32> normed(Operand<TFloat32> rows) {
    return Layers.layerNorm(tf, norm, rows, dim(), Xcit.NORM_EPSILON);
  }

  private int dim() {
    return network.embedDim();
  }
}
