package org.dinojvm.eval;

import org.dinojvm.settings.Alias;

/**
 * Which numbers of a network are a picture's features: of the class token and of the mean of the
 * patches' tokens, each after the final norm.
 */
public enum FeatureKind {

  /** The class token of the last block, or what a backbone without tokens gives. */
  CLS(false, "class token"),

  /** The mean of the last block's patch tokens. */
  MEAN(true, "mean of the patches' tokens") {
    @Override
    public float[] of(float[][][] blocks) {
      return blocks[blocks.length - 1][PATCHES];
    }
  },

  /** The class token of the last block, then the mean of its patch tokens (linear, ViT-B). */
  @Alias("cls+mean")
  CLS_MEAN(true, "class token and mean of the patches' tokens") {
    @Override
    public float[] of(float[][][] blocks) {
      return joined(blocks[blocks.length - 1]);
    }
  },

  /** The class tokens of the last four blocks, oldest first (linear, ViT-S). */
  LAST4(true, "class tokens of the last 4 blocks") {
    @Override
    public float[] of(float[][][] blocks) {
      float[][] classTokens = new float[blocks.length][];
      for (int block = 0; block < blocks.length; block++) {
        classTokens[block] = blocks[block][CLASS];
      }
      return joined(classTokens);
    }
  };

  private static final int CLASS = 0;
  private static final int PATCHES = 1;

  private final boolean needsTokens;
  private final String words;

  FeatureKind(boolean needsTokens, String words) {
    this.needsTokens = needsTokens;
    this.words = words;
  }

  /** For people. */
  String words() {
    return words;
  }

  /** Whether a backbone must have tokens to give these. */
  public boolean needsTokens() {
    return needsTokens;
  }

  /**
   * The features of a picture.
   *
   * @param blocks [B, 2, D] as of {@link org.dinojvm.serve.FeatureModel#blocks}
   * @return [D], or a multiple of it
   */
  public float[] of(float[][][] blocks) {
    return blocks[blocks.length - 1][CLASS];
  }

  /** (P, D) to (P·D). */
  static float[] joined(float[][] parts) {
    float[] all = new float[parts.length * parts[0].length];
    for (int part = 0; part < parts.length; part++) {
      System.arraycopy(parts[part], 0, all, part * parts[0].length, parts[0].length);
    }
    return all;
  }
}
