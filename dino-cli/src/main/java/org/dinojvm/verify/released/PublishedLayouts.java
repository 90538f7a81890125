package org.dinojvm.verify.released;

import com.google.common.collect.ImmutableMap;
import org.tensorflow.ndarray.Shape;

/**
 * Names and shapes in the released files of DINO, iBOT, DINOv2 and DINOv3: those of the published
 * modules, written down apart from this project's own networks, which are held against them.
 */
final class PublishedLayouts {

  private static final int DINOV3_REGISTERS = 4;

  private PublishedLayouts() {}

  /** {@code vision_transformer.py} of DINO. */
  static ImmutableMap<String, Shape> dino(int dim, int depth, int patch, int grid) {
    Layout layout = new Layout().tensor("cls_token", 1, 1, dim);
    layout.tensor("pos_embed", 1, 1 + (long) grid * grid, dim);
    layout.convolution("patch_embed.proj", dim, 3, patch);
    for (int i = 0; i < depth; i++) {
      String block = "blocks." + i + ".";
      layout.norm(block + "norm1", dim).linear(block + "attn.qkv", 3L * dim, dim);
      layout.linear(block + "attn.proj", dim, dim).norm(block + "norm2", dim);
      mlp(layout, block, dim);
    }
    return layout.norm("norm", dim).shapes();
  }

  /** {@code vision_transformer.py} of DINOv2, patches of 14 on pictures of 518 pixels. */
  static ImmutableMap<String, Shape> dinov2(int dim, int depth, int registers, boolean swiglu) {
    Layout layout = new Layout().tensor("cls_token", 1, 1, dim);
    layout.tensor("pos_embed", 1, 1 + 37 * 37, dim);
    if (registers > 0) {
      layout.tensor("register_tokens", 1, registers, dim);
    }
    layout.tensor("mask_token", 1, dim).convolution("patch_embed.proj", dim, 3, 14);
    for (int i = 0; i < depth; i++) {
      String block = "blocks." + i + ".";
      layout.norm(block + "norm1", dim).linear(block + "attn.qkv", 3L * dim, dim);
      layout.linear(block + "attn.proj", dim, dim).tensor(block + "ls1.gamma", dim);
      layout.norm(block + "norm2", dim);
      if (swiglu) {
        long hidden = (4L * dim * 2 / 3 + 7) / 8 * 8;
        layout.linear(block + "mlp.w12", 2 * hidden, dim).linear(block + "mlp.w3", dim, hidden);
      } else {
        mlp(layout, block, dim);
      }
      layout.tensor(block + "ls2.gamma", dim);
    }
    return layout.norm("norm", dim).shapes();
  }

  /**
   * {@code vision_transformer.py} of DINOv3, patches of 16, heads of 64 features.
   *
   * @param gated SwiGLU's hidden features; 0 for an MLP
   */
  static ImmutableMap<String, Shape> dinov3(int dim, int depth, int gated) {
    Layout layout = new Layout().tensor("cls_token", 1, 1, dim);
    layout.tensor("storage_tokens", 1, DINOV3_REGISTERS, dim).tensor("mask_token", 1, dim);
    layout.convolution("patch_embed.proj", dim, 3, 16).tensor("rope_embed.periods", 16);
    for (int i = 0; i < depth; i++) {
      String block = "blocks." + i + ".";
      layout.norm(block + "norm1", dim).linear(block + "attn.qkv", 3L * dim, dim);
      layout.tensor(block + "attn.qkv.bias_mask", 3L * dim);
      layout.linear(block + "attn.proj", dim, dim).tensor(block + "ls1.gamma", dim);
      layout.norm(block + "norm2", dim);
      if (gated > 0) {
        layout.linear(block + "mlp.w1", gated, dim).linear(block + "mlp.w2", gated, dim);
        layout.linear(block + "mlp.w3", dim, gated);
      } else {
        mlp(layout, block, dim);
      }
      layout.tensor(block + "ls2.gamma", dim);
    }
    return layout.norm("norm", dim).shapes();
  }

  private static void mlp(Layout layout, String block, int dim) {
    layout.linear(block + "mlp.fc1", 4L * dim, dim).linear(block + "mlp.fc2", dim, 4L * dim);
  }

  /** {@code convnext.py} of DINOv3; {@code norms.3} is its final norm once more. */
  static ImmutableMap<String, Shape> convNext(int[] depths, int[] dims) {
    Layout layout = new Layout().convolution("downsample_layers.0.0", dims[0], 3, 4);
    layout.norm("downsample_layers.0.1", dims[0]);
    for (int stage = 1; stage < dims.length; stage++) {
      String reduce = "downsample_layers." + stage;
      layout.norm(reduce + ".0", dims[stage - 1]);
      layout.convolution(reduce + ".1", dims[stage], dims[stage - 1], 2);
    }
    for (int stage = 0; stage < dims.length; stage++) {
      int dim = dims[stage];
      for (int i = 0; i < depths[stage]; i++) {
        String block = "stages." + stage + "." + i + ".";
        layout.tensor(block + "gamma", dim).convolution(block + "dwconv", dim, 1, 7);
        layout.norm(block + "norm", dim).linear(block + "pwconv1", 4L * dim, dim);
        layout.linear(block + "pwconv2", dim, 4L * dim);
      }
    }
    int last = dims[dims.length - 1];
    return layout.norm("norm", last).norm("norms.3", last).shapes();
  }

  /** {@code xcit.py}, patches of 16, two blocks of class attention. */
  static ImmutableMap<String, Shape> xcit(int dim, int depth, int heads) {
    Layout layout = new Layout().tensor("cls_token", 1, 1, dim);
    layout.convolution("pos_embeder.token_projection", dim, 64, 1);
    int[] widths = {3, dim / 8, dim / 4, dim / 2, dim};
    for (int i = 1; i < widths.length; i++) {
      String proj = "patch_embed.proj." + 2 * (i - 1);
      layout.tensor(proj + ".0.weight", widths[i], widths[i - 1], 3, 3);
      layout.batchNorm(proj + ".1", widths[i]);
    }
    for (int i = 0; i < depth; i++) {
      String block = "blocks." + i + ".";
      layout.tensor(block + "gamma1", dim).tensor(block + "gamma2", dim);
      layout.tensor(block + "gamma3", dim).norm(block + "norm1", dim);
      layout.tensor(block + "attn.temperature", heads, 1, 1);
      attentionAndMlp(layout, block, dim);
      layout.norm(block + "norm3", dim).convolution(block + "local_mp.conv1", dim, 1, 3);
      layout.batchNorm(block + "local_mp.bn", dim);
      layout.convolution(block + "local_mp.conv2", dim, 1, 3);
    }
    for (int i = 0; i < 2; i++) {
      String block = "cls_attn_blocks." + i + ".";
      layout.norm(block + "norm1", dim);
      attentionAndMlp(layout, block, dim);
      layout.tensor(block + "gamma1", dim).tensor(block + "gamma2", dim);
    }
    return layout.norm("norm", dim).shapes();
  }

  private static void attentionAndMlp(Layout layout, String block, int dim) {
    layout.linear(block + "attn.qkv", 3L * dim, dim).linear(block + "attn.proj", dim, dim);
    layout.norm(block + "norm2", dim);
    mlp(layout, block, dim);
  }

  /** torchvision's {@code resnet50} without {@code fc}. */
  static ImmutableMap<String, Shape> resNet50() {
    Layout layout = new Layout().tensor("conv1.weight", 64, 3, 7, 7).batchNorm("bn1", 64);
    int[] blocks = {3, 4, 6, 3};
    int in = 64;
    for (int stage = 0; stage < blocks.length; stage++) {
      int width = 64 << stage;
      for (int i = 0; i < blocks[stage]; i++) {
        String block = "layer%d.%d.".formatted(stage + 1, i);
        layout.tensor(block + "conv1.weight", width, in, 1, 1).batchNorm(block + "bn1", width);
        layout.tensor(block + "conv2.weight", width, width, 3, 3).batchNorm(block + "bn2", width);
        layout.tensor(block + "conv3.weight", 4L * width, width, 1, 1);
        layout.batchNorm(block + "bn3", 4L * width);
        if (i == 0) {
          layout.tensor(block + "downsample.0.weight", 4L * width, in, 1, 1);
          layout.batchNorm(block + "downsample.1", 4L * width);
        }
        in = 4 * width;
      }
    }
    return layout.shapes();
  }

  /** {@code DINOHead} of DINO's released checkpoints: 65536 outputs. */
  static ImmutableMap<String, Shape> head(int dim) {
    Layout layout = new Layout().linear("mlp.0", 2048, dim).linear("mlp.2", 2048, 2048);
    layout.linear("mlp.4", 256, 2048).tensor("last_layer.weight_g", 65536, 1);
    return layout.tensor("last_layer.weight_v", 65536, 256).shapes();
  }

  /** iBOT's checkpoints have two last layers, of class token and patches, of 8192 outputs. */
  static ImmutableMap<String, Shape> ibotHead(int dim) {
    Layout layout = new Layout().linear("mlp.0", 2048, dim).linear("mlp.2", 2048, 2048);
    layout.linear("mlp.4", 256, 2048);
    for (String last : new String[] {"last_layer", "last_layer2"}) {
      layout.tensor(last + ".weight_g", 8192, 1).tensor(last + ".weight_v", 8192, 256);
    }
    return layout.shapes();
  }
}
