package org.dinojvm.eval;

import com.google.common.primitives.Floats;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.settings.Alias;

/**
 * Which numbers of a network are a picture's features: of the class token and of the mean of the
 * patches' tokens, each after the final norm.
 */
public enum FeatureKind {

  /** The class token of the last block, or what a backbone without tokens gives. */
  CLS(1, false, "class token"),

  /** The mean of the last block's patch tokens. */
  MEAN(0, true, "mean of the patches' tokens"),

  /** The class token of the last block, then the mean of its patch tokens (linear, ViT-B). */
  @Alias("cls+mean")
  CLS_MEAN(1, true, "class token and mean of the patches' tokens"),

  /** The class tokens of the last four blocks, oldest first (linear, ViT-S). */
  LAST4(4, false, "class tokens of the last 4 blocks");

  private static final int CLASS = 0;
  private static final int PATCHES = 1;

  private final int classTokens;
  private final boolean patches;
  private final String words;

  FeatureKind(int classTokens, boolean patches, String words) {
    this.classTokens = classTokens;
    this.patches = patches;
    this.words = words;
  }

  /** Of how many of the last blocks the class tokens are seen, where there are as many. */
  int classTokens() {
    return classTokens;
  }

  /** Whether the mean of the last block's patch tokens follows. */
  boolean seesPatches() {
    return patches;
  }

  /** For people. */
  String words() {
    return words;
  }

  /** Whether a backbone must have tokens to give these. */
  public boolean needsTokens() {
    return patches || classTokens > 1;
  }

  /**
   * The features of a picture.
   *
   * @param blocks [B, 2, D] as of {@link org.dinojvm.serve.FeatureModel#blocks}
   * @return [D], or a multiple of it
   */
  public float[] of(float[][][] blocks) {
    List<float[]> parts = new ArrayList<>();
    for (int block = Math.max(0, blocks.length - classTokens); block < blocks.length; block++) {
      parts.add(blocks[block][CLASS]);
    }
    if (patches) {
      parts.add(blocks[blocks.length - 1][PATCHES]);
    }
    return Floats.concat(parts.toArray(float[][]::new));
  }
}
