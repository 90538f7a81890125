package org.dinojvm.eval.linear;

import org.dinojvm.serve.FeatureModel;

/**
 * What of the last blocks a linear classifier sees: the class tokens of some, oldest first, and, if
 * asked for, one mean of the last block's patch tokens behind them (DINOv2's {@code
 * create_linear_input}; for one block DINO's {@code --avgpool_patchtokens} is the same).
 *
 * @param blocks how many
 * @param mean whether the mean follows
 */
public record FeatureRecipe(int blocks, boolean mean) {

  private static final int CLASS = 0;
  private static final int PATCHES = 1;

  /**
   * The classifier's input of a picture.
   *
   * @param lastBlocks [B, 2, D] as of {@link FeatureModel#blocks}; where there are fewer than asked
   *     for, all are taken
   * @return [D · (blocks + 1 with the mean)]
   */
  public float[] of(float[][][] lastBlocks) {
    int count = Math.min(blocks, lastBlocks.length);
    int width = lastBlocks[0][CLASS].length;
    float[] joined = new float[(count + (mean ? 1 : 0)) * width];
    for (int i = 0; i < count; i++) {
      float[] token = lastBlocks[lastBlocks.length - count + i][CLASS];
      System.arraycopy(token, 0, joined, i * width, width);
    }
    if (mean) {
      float[] last = lastBlocks[lastBlocks.length - 1][PATCHES];
      System.arraycopy(last, 0, joined, count * width, width);
    }
    return joined;
  }

  /** For people. */
  String inWords() {
    return blocks + (blocks == 1 ? " block" : " blocks") + (mean ? " and the mean of patches" : "");
  }

  /** As DINOv2 names it, e.g. {@code 4_blocks_avgpool_True}. */
  public String publishedName() {
    return "%d_blocks_avgpool_%s".formatted(blocks, mean ? "True" : "False");
  }
}
