package org.dinojvm.model.family;

import com.google.common.collect.ImmutableMap;
import org.dinojvm.model.VitOptions.Ffn;
import org.dinojvm.model.VitOptions.FinalNorms;
import org.dinojvm.model.VitOptions.MaskToken;
import org.dinojvm.model.VitOptions.Positions;
import org.dinojvm.model.VitOptions.QkvBias;

/**
 * A published Vision Transformer.
 *
 * @param label what people call it, e.g. {@code DINOv2 ViT-S/14}
 * @param release whose it is
 * @param patchSize side of a patch in pixels where the name tells it; 0 for any
 * @param ffnRatio the feed-forward part's width in parts of D, before SwiGLU takes two thirds
 * @param ffnAlignment what SwiGLU's hidden features are rounded up to a multiple of
 */
record VitArch(
    String label,
    Release release,
    int patchSize,
    int embedDim,
    int depth,
    int numHeads,
    int registers,
    Ffn ffn,
    double ffnRatio,
    int ffnAlignment,
    QkvBias qkvBias,
    FinalNorms finalNorms) {

  /** What the networks of one publication share. */
  enum Release {
    /** Caron et al. 2021 and DeiT. */
    DINO,
    /** Zhou et al. 2022. */
    IBOT,
    /** Oquab et al. 2023. */
    DINOV2,
    /** Siméoni et al. 2025. */
    DINOV3
  }

  private static final int ANY = 0;

  /** All by name; where two are of one form, the first is taken for weights of it. */
  static final ImmutableMap<String, VitArch> ALL =
      ImmutableMap.<String, VitArch>builder()
          .put("vit_tiny", plain("ViT-Ti", Release.DINO, 192, 12, 3))
          .put("vit_small", plain("ViT-S", Release.DINO, 384, 12, 6))
          .put("vit_base", plain("ViT-B", Release.DINO, 768, 12, 12))
          .put("vit_large", plain("ViT-L", Release.DINO, 1024, 24, 16))
          .put("ibot_vit_small", plain("iBOT ViT-S", Release.IBOT, 384, 12, 6))
          .put("ibot_vit_base", plain("iBOT ViT-B", Release.IBOT, 768, 12, 12))
          .put("ibot_vit_large", plain("iBOT ViT-L", Release.IBOT, 1024, 24, 16))
          .put("dinov2_vits14", dinov2("ViT-S", 384, 12, 6, 0, Ffn.MLP))
          .put("dinov2_vitb14", dinov2("ViT-B", 768, 12, 12, 0, Ffn.MLP))
          .put("dinov2_vitl14", dinov2("ViT-L", 1024, 24, 16, 0, Ffn.MLP))
          .put("dinov2_vitg14", dinov2("ViT-g", 1536, 40, 24, 0, Ffn.SWIGLU_FUSED))
          .put("dinov2_vits14_reg", dinov2("ViT-S", 384, 12, 6, 4, Ffn.MLP))
          .put("dinov2_vitb14_reg", dinov2("ViT-B", 768, 12, 12, 4, Ffn.MLP))
          .put("dinov2_vitl14_reg", dinov2("ViT-L", 1024, 24, 16, 4, Ffn.MLP))
          .put("dinov2_vitg14_reg", dinov2("ViT-g", 1536, 40, 24, 4, Ffn.SWIGLU_FUSED))
          .put("dinov3_vits16", dinov3("ViT-S", 384, 12, 6, Ffn.MLP, 4))
          .put("dinov3_vits16plus", dinov3("ViT-S+", 384, 12, 6, Ffn.SWIGLU, 6))
          .put("dinov3_vitb16", dinov3("ViT-B", 768, 12, 12, Ffn.MLP, 4))
          .put("dinov3_vitl16", dinov3("ViT-L", 1024, 24, 16, Ffn.MLP, 4))
          .put("dinov3_vitl16plus", dinov3("ViT-L+", 1024, 24, 16, Ffn.SWIGLU, 6))
          .put("dinov3_vith16plus", dinov3("ViT-H+", 1280, 32, 20, Ffn.SWIGLU, 6))
          .put(
              "dinov3_vit7b16",
              new VitArch(
                  "DINOv3 ViT-7B/16",
                  Release.DINOV3,
                  16,
                  4096,
                  40,
                  32,
                  4,
                  Ffn.SWIGLU,
                  3,
                  64,
                  QkvBias.NONE,
                  FinalNorms.LOCAL))
          .buildOrThrow();

  private static VitArch plain(String label, Release release, int dim, int depth, int heads) {
    return new VitArch(
        label, release, ANY, dim, depth, heads, 0, Ffn.MLP, 4, 8, QkvBias.FULL, FinalNorms.ONE);
  }

  private static VitArch dinov2(
      String size, int dim, int depth, int heads, int registers, Ffn ffn) {
    return new VitArch(
        "DINOv2 %s/14%s".formatted(size, registers > 0 ? " with registers" : ""),
        Release.DINOV2,
        14,
        dim,
        depth,
        heads,
        registers,
        ffn,
        4,
        8,
        QkvBias.FULL,
        FinalNorms.ONE);
  }

  private static VitArch dinov3(
      String size, int dim, int depth, int heads, Ffn ffn, double ffnRatio) {
    return new VitArch(
        "DINOv3 %s/16".formatted(size),
        Release.DINOV3,
        16,
        dim,
        depth,
        heads,
        4,
        ffn,
        ffnRatio,
        8,
        QkvBias.MASKED,
        FinalNorms.ONE);
  }

  /** Hidden features of a feed-forward part in a network of this kind. */
  int ffnDim(Ffn kind, int dim) {
    int width = (int) (dim * ffnRatio);
    return kind == Ffn.MLP
        ? width
        : (width * 2 / 3 + ffnAlignment - 1) / ffnAlignment * ffnAlignment;
  }

  /** What its branches' gains start from; 0 for none. DINOv2's and DINOv3's recipes: 1e-5. */
  double layerScale() {
    return isRecent() ? 1e-5 : 0;
  }

  Positions positions() {
    if (release == Release.DINOV3) {
      return Positions.ROPE;
    }
    return registers > 0 ? Positions.ANTIALIASED : Positions.LEARNED;
  }

  MaskToken maskToken() {
    return release == Release.DINO ? MaskToken.ON_DEMAND : MaskToken.HELD;
  }

  /** 1e-5 in every released ViT of DINOv3, its {@code layernormbf16}. */
  float normEpsilon() {
    return release == Release.DINOV3 ? 1e-5f : 1e-6f;
  }

  private boolean isRecent() {
    return release == Release.DINOV2 || release == Release.DINOV3;
  }
}
