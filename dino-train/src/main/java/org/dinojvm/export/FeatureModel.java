package org.dinojvm.export;

import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * A trained backbone that is ready to embed pictures: read from a run folder, from a checkpoint or
 * from a SavedModel, all three alike.
 *
 * <p>Letters in shapes: N pictures, H × W pixels, D features, h × w patches.
 */
public interface FeatureModel extends AutoCloseable {

  /** What the model is and how it wants its pictures. */
  ModelInfo info();

  /**
   * Features of encoded pictures, by the evaluation view: decode, resize the shorter side to {@link
   * ModelInfo#resizeSize}, crop the centre of {@link ModelInfo#imageSize}, normalise.
   *
   * @param encoded [N] JPEG, PNG, GIF or BMP bytes
   * @return [N, D] class token of the last block after the final norm, not normalised
   */
  TFloat32 features(TString encoded);

  /**
   * Features of decoded pictures.
   *
   * @param images [N, H, W, 3] RGB in 0…1; a Vision Transformer sees as many patches as fit, from
   *     the top left
   * @return [N, D]
   */
  TFloat32 features(TFloat32 images);

  /**
   * Attention of the class token over the patches in the last block.
   *
   * @param images [N, H, W, 3] RGB in 0…1; as many patches are seen as fit, from the top left
   * @return [N, heads, h, w]; each head's map and the class token's own weight sum to 1
   * @throws UnsupportedOperationException for a backbone without attention
   */
  TFloat32 attention(TFloat32 images);

  @Override
  void close();
}
