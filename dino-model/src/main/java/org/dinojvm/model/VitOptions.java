package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * What tells one Vision Transformer from another beside its sizes.
 *
 * @param stem what makes patches of pictures
 * @param registers R, learned tokens between class token and patches (Darcet et al. 2024)
 * @param layerScale initial value of a gain for each feature of a branch (Touvron et al. 2021); 0
 *     for no gain
 * @param ffn what follows attention in a block
 * @param ffnDim its hidden features
 * @param positions how a token tells where its patch is
 * @param qkvBias which bias queries, keys and values have
 * @param finalNorms how many layer norms follow the last block
 * @param maskToken what the network holds to stand for masked patches, trained or not
 * @param normEpsilon of the layer norms
 */
public record VitOptions(
    Stem stem,
    int registers,
    double layerScale,
    Ffn ffn,
    int ffnDim,
    Positions positions,
    QkvBias qkvBias,
    FinalNorms finalNorms,
    MaskToken maskToken,
    float normEpsilon) {

  /** From pixels to patches. */
  public enum Stem {
    /** One linear map of a patch's pixels. */
    LINEAR,
    /** Convolutions that overlap patches, see {@link ConvolutionalStem}. */
    CONVOLUTIONAL
  }

  /** The feed-forward part of a block. */
  public enum Ffn {
    /** fc2(GELU(fc1 x)). */
    MLP,
    /** w3(silu(w1 x) ∘ w2 x) (Shazeer 2020), as DINOv3 names the weights. */
    SWIGLU,
    /** The same with w1 and w2 as the halves of one w12, as DINOv2 has it. */
    SWIGLU_FUSED
  }

  /** Position embeddings. */
  public enum Positions {
    /** Learned, resized as by DINO and DINOv2: bicubic, grid size + 0.1, no antialias. */
    LEARNED,
    /** Learned, resized as by DINOv2 with registers: bicubic with antialias. */
    ANTIALIASED,
    /** None; queries and keys are rotated by their place instead (DINOv3). */
    ROPE
  }

  /** The bias of the layer that makes queries, keys and values. */
  public enum QkvBias {
    /** None. */
    NONE,
    /** A bias for each. */
    FULL,
    /** A bias times a mask that is kept with the weights: DINOv3's leaves out that of the keys. */
    MASKED
  }

  /** Layer norms after the last block. */
  public enum FinalNorms {
    /** One for all tokens. */
    ONE,
    /** One, and another for the class token of local crops, which training alone used. */
    LOCAL,
    /** One for the patches, another for class token and registers. */
    UNTIED,
    /** Both. */
    UNTIED_LOCAL;

    /** Whether class token and registers have a norm of their own. */
    boolean untied() {
      return this == UNTIED || this == UNTIED_LOCAL;
    }

    /** Whether there is one that is not used here. */
    boolean local() {
      return this == LOCAL || this == UNTIED_LOCAL;
    }
  }

  /** The learned token for masked patches. */
  public enum MaskToken {
    /** Made by the first pass that masks. */
    ON_DEMAND,
    /** Always there. */
    HELD
  }

  /** DINO's: none of the options. */
  public static VitOptions plain(int embedDim) {
    return new VitOptions(
        Stem.LINEAR,
        0,
        0,
        Ffn.MLP,
        4 * embedDim,
        Positions.LEARNED,
        QkvBias.FULL,
        FinalNorms.ONE,
        MaskToken.ON_DEMAND,
        1e-6f);
  }

  public VitOptions {
    checkArgument(registers >= 0, "%s registers, must be at least 0", registers);
    checkArgument(ffnDim >= 1, "%s hidden features, must be at least 1", ffnDim);
    checkArgument(layerScale >= 0, "layer scale starts at %s, must be at least 0", layerScale);
    checkArgument(normEpsilon > 0, "the norms' epsilon is %s, must be above 0", normEpsilon);
  }

  /** Tokens before those of the patches: class token and registers. */
  int prefixTokens() {
    return 1 + registers;
  }

  /** The name of the registers' weight, which DINOv3 calls storage tokens. */
  String registersName() {
    return positions == Positions.ROPE ? "storage_tokens" : "register_tokens";
  }
}
