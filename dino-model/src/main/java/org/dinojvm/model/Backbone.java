package org.dinojvm.model;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A network from pictures to features, and what else it can give. Whether it can is asked before:
 * {@link #hasTokens}, {@link #attentionHeads}.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h × w patches, T tokens, D features, N heads.
 */
public interface Backbone {

  /** Number of features D. */
  int embedDim();

  /** What the sides of a picture must be multiples of, in pixels; 1 for any. */
  default int stride() {
    return 1;
  }

  /**
   * Multiply-accumulate operations in the matrix products and convolutions of one picture's forward
   * pass: Σ m·n·k. What else a network computes grows slower with its width.
   *
   * @param side of the square picture in pixels
   */
  long macs(int side);

  /** Whether a pass gives tokens. */
  default boolean hasTokens() {
    return false;
  }

  /** How many tokens precede those of the patches, such as the class token. */
  default int prefixTokens() {
    return 0;
  }

  /** N, heads of the last attention; 0 where there is none to show. */
  default int attentionHeads() {
    return 0;
  }

  /**
   * Whether a picture's features depend on the other pictures of its batch while training, as with
   * BatchNorm. Where not, views may go through together whatever a method says.
   */
  default boolean usesBatchStatistics() {
    return true;
  }

  /** Whether a pass may see some of the patches only: {@link #forwardVisible}. */
  default boolean canLeaveOutPatches() {
    return false;
  }

  /**
   * Number L of blocks that features pass through one after the other, each with weights of its own
   * and tokens like those of the last ({@link Pass#intermediateLayers}): as wide, and the class
   * token among them. 0 where there is no such order.
   */
  default int blocks() {
    return 0;
  }

  /**
   * Where a weight stands between pictures and features.
   *
   * @param weight its name below the backbone's level
   * @return 0 for the embedding, 1 … L for a block, L + 1 for what follows the last block
   */
  default int layerOf(String weight) {
    return blocks() + 1;
  }

  /** Adds a forward pass. Its ops are those that what is asked of it needs. */
  Pass forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode);

  /**
   * A forward pass that sees a learned mask token in place of some patches (Zhou et al. 2022). Only
   * where there are {@linkplain #hasTokens tokens}.
   *
   * @param masked [B, h·w], which patches
   */
  default Pass forwardMasked(
      Ops tf, Params p, Operand<TFloat32> images, Operand<TBool> masked, Mode mode) {
    throw new IllegalArgumentException(
        "%s cannot mask patches; choose a Vision Transformer".formatted(this));
  }

  /**
   * A forward pass that sees the prefix and some of the patches, and costs as much less (He et al.
   * 2022). Only where {@link #canLeaveOutPatches}.
   *
   * @param visible [B, K], the numbers of the patches that each picture's pass sees, row by row; K
   *     is known
   * @return a pass of K patches in one row, in the given order
   */
  default Pass forwardVisible(
      Ops tf, Params p, Operand<TFloat32> images, Operand<TInt32> visible, Mode mode) {
    throw new IllegalArgumentException(
        "%s cannot leave patches out; choose a Vision Transformer".formatted(this));
  }

  /**
   * {@link #macs(int)} of a pass that sees some of the patches.
   *
   * @param visible number of the patches that it sees
   */
  default long macsVisible(int visible) {
    throw new IllegalArgumentException(
        "%s cannot leave patches out; choose a Vision Transformer".formatted(this));
  }

  /**
   * The features of a forward pass.
   *
   * @param p the registry level that holds this backbone's weights
   * @param images [B, H, W, 3], normalized
   * @return [B, D]
   */
  default Operand<TFloat32> features(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    return forward(tf, p, images, mode).features();
  }

  /**
   * What one forward pass gives. Each method adds its own ops only; what a backbone does not have
   * ends in an IllegalArgumentException.
   */
  interface Pass {

    /** One vector a picture, [B, D]. */
    Operand<TFloat32> features();

    /** All tokens after the final norm, [B, T, D], prefix first. */
    default Operand<TFloat32> tokens() {
      throw without("tokens");
    }

    /** The patches' tokens after the final norm, as maps [B, h, w, D]. */
    default Operand<TFloat32> patchTokens() {
      throw without("tokens");
    }

    /** How many blocks {@link #intermediateLayers} can tell of. */
    default int depth() {
      throw without("blocks");
    }

    /**
     * All tokens of the last blocks, each after the final norm (published {@code
     * get_intermediate_layers}).
     *
     * @param count how many blocks, from the end
     * @return {@code count} tensors [B, T, D], the last block's last
     */
    default List<Operand<TFloat32>> intermediateLayers(int count) {
      throw without("tokens");
    }

    /**
     * Attention weights of the last block (published {@code get_last_selfattention}), [B, N, T, T].
     */
    default Operand<TFloat32> lastAttention() {
      throw without("attention");
    }

    /** The class token's attention over the patches in the last block, as maps [B, N, h, w]. */
    default Operand<TFloat32> attentionMaps() {
      throw without("attention");
    }

    private static IllegalArgumentException without(String what) {
      return new IllegalArgumentException(
          "this backbone has no %s; ask its capabilities, or choose a Vision Transformer"
              .formatted(what));
    }
  }
}
