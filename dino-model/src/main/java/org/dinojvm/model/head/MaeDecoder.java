package org.dinojvm.model.head;

import static org.dinojvm.model.Initializer.normal;

import java.util.List;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.mask.RandomRemoval;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The decoder of masked autoencoders (He et al. 2022; {@code models_mae.py}): a mask token stands
 * where patches were removed, positions are added, and blocks tell the pixels of each patch.
 *
 * <p>Letters in shapes: B pictures, N patches of p × p pixels, K of which the encoder saw, D
 * features of the encoder, d of the decoder.
 *
 * @param inDim D
 * @param prefix tokens of the encoder before its patches, the class token first, which alone of
 *     them goes on
 * @param blocks the decoder's own; its picture has N patches
 */
public record MaeDecoder(int inDim, int prefix, VisionTransformer blocks) {

  /**
   * The forward pass.
   *
   * @param p the registry level of the decoder; its positions are below {@code pos_embed}
   * @param seen the encoder's tokens, [B, prefix + K, D]
   * @param removal which patches it did not see
   * @return pixels, [B, N, p·p·3]
   */
  public Operand<TFloat32> of(
      Ops tf, Params p, Operand<TFloat32> seen, RandomRemoval removal, Mode mode) {
    int patches = patches();
    int dim = blocks.embedDim();
    int visible = removal.visibleCount();
    Operand<TFloat32> embedded =
        tf.reshape(
            Layers.linear(tf, p.at("embed"), tf.reshape(seen, shape(tf, -1, inDim)), inDim, dim),
            shape(tf, -1, prefix + visible, dim));
    Operand<TFloat32> cls = tf.slice(embedded, shape(tf, 0, 0, 0), shape(tf, -1, 1, -1));
    Operand<TFloat32> ofPatches =
        tf.slice(embedded, shape(tf, 0, prefix, 0), shape(tf, -1, -1, -1));
    Operand<TFloat32> token = p.get("mask_token", Shape.of(1, 1, dim), normal(0.02));
    Operand<TFloat32> positions = p.get("pos_embed", Shape.of(1, patches + 1L, dim), normal(0.02));
    Operand<TFloat32> tokens =
        tf.math.add(
            tf.concat(List.of(cls, removal.restored(tf, ofPatches, token, dim)), tf.constant(1)),
            positions);
    int pictures = (int) seen.shape().get(0);
    Operand<TFloat32> known = tf.reshape(tokens, shape(tf, pictures, patches + 1, dim));
    Operand<TFloat32> decoded = blocks.ofTokens(tf, p, known, mode).tokens();
    Operand<TFloat32> rows =
        tf.reshape(
            tf.slice(decoded, shape(tf, 0, 1, 0), shape(tf, -1, -1, -1)), shape(tf, -1, dim));
    return tf.reshape(
        Layers.linear(tf, p.at("pred"), rows, dim, pixels()), shape(tf, -1, patches, pixels()));
  }

  private static Operand<TInt32> shape(Ops tf, int... sizes) {
    return tf.constant(sizes);
  }

  /** N. */
  private int patches() {
    int side = blocks.imageSize() / blocks.patchSize();
    return side * side;
  }

  private int pixels() {
    return blocks.patchSize() * blocks.patchSize() * 3;
  }

  /**
   * Multiply-accumulate operations in the matrix products of one picture's forward pass.
   *
   * @param visible K
   */
  public long macs(int visible) {
    long dim = blocks.embedDim();
    return (visible + (long) prefix) * inDim * dim
        + blocks.blockMacs(patches() + 1L)
        + (long) patches() * dim * pixels();
  }
}
