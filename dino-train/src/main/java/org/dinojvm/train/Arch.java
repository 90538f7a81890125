package org.dinojvm.train;

import java.util.Locale;
import org.dinojvm.settings.Alias;

/**
 * The backbones. Vision Transformers as in the paper's table 1 and DeiT's; ResNets as in
 * torchvision.
 */
public enum Arch {
  @Alias("deit_tiny")
  VIT_TINY(192, 12, 3),
  @Alias("deit_small")
  VIT_SMALL(384, 12, 6),
  VIT_BASE(768, 12, 12),
  RESNET18(512, 18, 0),
  RESNET34(512, 34, 0),
  RESNET50(2048, 50, 0);

  private final int embedDim;
  private final int depth;
  private final int numHeads;

  Arch(int embedDim, int depth, int numHeads) {
    this.embedDim = embedDim;
    this.depth = depth;
    this.numHeads = numHeads;
  }

  /** Number of features. */
  public int embedDim() {
    return embedDim;
  }

  /** Number of blocks, or of a ResNet's layers. */
  public int depth() {
    return depth;
  }

  /** Attention heads of a block; 0 for a ResNet. */
  public int numHeads() {
    return numHeads;
  }

  /** Whether it is a Vision Transformer, so that patch size and depth apply. */
  public boolean isVit() {
    return numHeads > 0;
  }

  /** The name in settings, e.g. {@code vit_small}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
