package org.dinojvm.eval.linear;

/** What DINO's published classifiers see, where it is not a {@link FeatureRecipe}. */
public final class PublishedInput {

  private PublishedInput() {}

  /**
   * Class token and mean of the patch tokens, feature by feature in turn: cls₀, mean₀, cls₁, mean₁,
   * …: the order that the published classifiers of ViT-B have been trained with ({@code
   * eval_linear.py} reshapes a stack of both).
   *
   * @param lastBlocks [B, 2, D]
   * @param count of blocks; published for one only
   * @return [2 · D]
   */
  public static float[] interleaved(float[][][] lastBlocks, int count) {
    if (count != 1) {
      throw new IllegalArgumentException(
          "%s blocks with the mean of patches: published for 1 block only".formatted(count));
    }
    float[][] last = lastBlocks[lastBlocks.length - 1];
    float[] joined = new float[2 * last[0].length];
    for (int i = 0; i < last[0].length; i++) {
      joined[2 * i] = last[0][i];
      joined[2 * i + 1] = last[1][i];
    }
    return joined;
  }

  /**
   * The order of {@link FeatureRecipe} from that of {@link #interleaved}.
   *
   * @param values [2 · D], such as a classifier's weights: cls₀, mean₀, cls₁, …
   * @return [2 · D], those of the class token first
   */
  static float[] separated(float[] values) {
    int width = values.length / 2;
    float[] separated = new float[values.length];
    for (int i = 0; i < width; i++) {
      separated[i] = values[2 * i];
      separated[width + i] = values[2 * i + 1];
    }
    return separated;
  }
}
