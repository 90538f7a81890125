package org.dinojvm.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * A trained backbone that is ready to embed pictures: read from a run folder, from a checkpoint or
 * from a SavedModel, all three alike. Several threads may use one at the same time.
 *
 * <pre>{@code
 * try (FeatureModel model = FeatureModel.open(Path.of("savedmodels/clipart"))) {
 *   float[] features = model.embed(Path.of("picture.jpg"));
 * }
 * }</pre>
 *
 * <p>Letters in shapes: N pictures, H × W pixels, D features, h × w patches.
 */
public interface FeatureModel extends AutoCloseable {

  /** Blocks that {@link #blocks} tells of at most (Caron et al. 2021, appendix F.2: n = 4). */
  int LAST_BLOCKS = 4;

  /**
   * Opens a model, which is the caller's to close; see {@link FeatureModels#open(Path)}.
   *
   * @throws IllegalArgumentException if there is none at the path, it is damaged, or a SavedModel's
   *     graph has what no export of this project needs
   */
  static FeatureModel open(Path path) {
    return FeatureModels.open(path);
  }

  /**
   * Opens a model of someone who is trusted: the graph of a SavedModel may do all that TensorFlow
   * can, such as writing files; see {@link FeatureModels#open(Path, Trust)}.
   */
  static FeatureModel open(Path path, Trust trust) {
    return FeatureModels.open(path, trust);
  }

  /** What the model is and how it wants its pictures. */
  ModelInfo info();

  /** Tells these weights, and how they see a picture, from others. */
  String fingerprint();

  /**
   * Features of a picture, by the evaluation view.
   *
   * @param picture a JPEG, PNG, GIF or BMP file
   * @return [D]
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is no picture
   */
  default float[] embed(Path picture) throws IOException {
    return embed(List.of(Files.readAllBytes(picture)))[0];
  }

  /**
   * Features of pictures, all in one run of the network, by the evaluation view.
   *
   * @param pictures N files' bytes, JPEG, PNG, GIF or BMP
   * @return [N, D]
   * @throws IllegalArgumentException if one of them is no picture
   */
  default float[][] embed(List<byte[]> pictures) {
    byte[][] contents = pictures.toArray(byte[][]::new);
    try (TString encoded = TString.tensorOfBytes(NdArrays.vectorOfObjects(contents));
        TFloat32 features = features(encoded)) {
      return StdArrays.array2dCopyOf(features);
    }
  }

  /**
   * Features of encoded pictures, by the evaluation view: decode, resize the shorter side to {@link
   * ModelInfo#resizeSize}, crop the center of {@link ModelInfo#imageSize}, normalize.
   *
   * @param encoded [N] JPEG, PNG, GIF or BMP bytes
   * @return [N, D] class token of the last block after the final norm, not normalized
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

  /**
   * Tokens of the patches in the last block after the final norm, as maps.
   *
   * @param images [N, H, W, 3] RGB in 0…1; as many patches are seen as fit, from the top left
   * @return [N, h, w, D]
   * @throws UnsupportedOperationException for a backbone without tokens
   */
  default TFloat32 tokens(TFloat32 images) {
    throw new UnsupportedOperationException(
        info().arch() + " has no tokens; choose a Vision Transformer");
  }

  /**
   * The class token and the tokens of the patches in the last block after the final norm, in one
   * pass.
   *
   * @param images [N, H, W, 3] RGB in 0…1; as many patches are seen as fit, from the top left
   * @return [N, 1 + h·w, D], the class token first
   * @throws UnsupportedOperationException for a backbone without tokens
   */
  default TFloat32 classAndPatchTokens(TFloat32 images) {
    throw new UnsupportedOperationException(
        info().arch() + " has no tokens; choose a Vision Transformer");
  }

  /** Whether there are {@link #tokens} and {@link #classAndPatchTokens}. */
  default boolean hasTokens() {
    return false;
  }

  /** Whether there are {@link #blocks}. */
  default boolean hasBlocks() {
    return false;
  }

  /**
   * What the last blocks say of decoded pictures: all that the published recipes of features are
   * made of, in one pass.
   *
   * @param images [N, H, W, 3] RGB in 0…1
   * @return [N, B, 2, D], of the last {@value #LAST_BLOCKS} blocks (of all, where there are fewer),
   *     oldest first, the class token and the mean of the patches' tokens, each after the final
   *     norm
   * @throws UnsupportedOperationException for another backbone than a Vision Transformer
   */
  default TFloat32 blocks(TFloat32 images) {
    throw new UnsupportedOperationException(
        info().arch() + " has no blocks of tokens; its features are --features cls alone");
  }

  /**
   * The same of encoded pictures, by the evaluation view.
   *
   * @param encoded [N] JPEG, PNG, GIF or BMP bytes
   * @return [N, B, 2, D]
   * @throws UnsupportedOperationException for another backbone than a Vision Transformer
   */
  default TFloat32 blocks(TString encoded) {
    throw new UnsupportedOperationException(
        info().arch() + " has no blocks of tokens; its features are --features cls alone");
  }

  @Override
  void close();
}
