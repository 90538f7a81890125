package org.dinojvm.verify.released;

import com.google.common.collect.ImmutableMap;
import org.tensorflow.ndarray.Shape;

/** Names and shapes in the same networks' files on Hugging Face, those of transformers' models. */
final class HuggingFaceLayouts {

  private static final int DINOV3_REGISTERS = 4;

  private HuggingFaceLayouts() {}

  /** {@code ViTModel}, patches of 16 on pictures of 224 pixels. */
  static ImmutableMap<String, Shape> vit(int dim, int depth) {
    Layout layout = new Layout().tensor("embeddings.cls_token", 1, 1, dim);
    layout.tensor("embeddings.position_embeddings", 1, 1 + 14 * 14, dim);
    layout.convolution("embeddings.patch_embeddings.projection", dim, 3, 16);
    for (int i = 0; i < depth; i++) {
      String block = "encoder.layer." + i + ".";
      queryKeyValue(layout, block, dim);
      layout.linear(block + "intermediate.dense", 4L * dim, dim);
      layout.linear(block + "output.dense", dim, 4L * dim);
      layout.norm(block + "layernorm_before", dim).norm(block + "layernorm_after", dim);
    }
    return layout.norm("layernorm", dim).shapes();
  }

  /** {@code Dinov2Model} and, with registers, {@code Dinov2WithRegistersModel}. */
  static ImmutableMap<String, Shape> dinov2(int dim, int depth, int registers) {
    Layout layout = new Layout().tensor("embeddings.cls_token", 1, 1, dim);
    layout.tensor("embeddings.mask_token", 1, dim);
    if (registers > 0) {
      layout.tensor("embeddings.register_tokens", 1, registers, dim);
    }
    layout.tensor("embeddings.position_embeddings", 1, 1 + 37 * 37, dim);
    layout.convolution("embeddings.patch_embeddings.projection", dim, 3, 14);
    for (int i = 0; i < depth; i++) {
      String block = "encoder.layer." + i + ".";
      layout.norm(block + "norm1", dim);
      queryKeyValue(layout, block, dim);
      layout.tensor(block + "layer_scale1.lambda1", dim).norm(block + "norm2", dim);
      layout.linear(block + "mlp.fc1", 4L * dim, dim).linear(block + "mlp.fc2", dim, 4L * dim);
      layout.tensor(block + "layer_scale2.lambda1", dim);
    }
    return layout.norm("layernorm", dim).shapes();
  }

  private static void queryKeyValue(Layout layout, String block, int dim) {
    for (String part : new String[] {"query", "key", "value"}) {
      layout.linear(block + "attention.attention." + part, dim, dim);
    }
    layout.linear(block + "attention.output.dense", dim, dim);
  }

  /** {@code DINOv3ViTModel} with an MLP; keys have no bias. */
  static ImmutableMap<String, Shape> dinov3(int dim, int depth) {
    Layout layout = new Layout().tensor("embeddings.cls_token", 1, 1, dim);
    layout.tensor("embeddings.mask_token", 1, 1, dim);
    layout.tensor("embeddings.register_tokens", 1, DINOV3_REGISTERS, dim);
    layout.convolution("embeddings.patch_embeddings", dim, 3, 16);
    for (int i = 0; i < depth; i++) {
      String block = "layer." + i + ".";
      layout.norm(block + "norm1", dim).tensor(block + "attention.k_proj.weight", dim, dim);
      layout.linear(block + "attention.v_proj", dim, dim);
      layout.linear(block + "attention.q_proj", dim, dim);
      layout.linear(block + "attention.o_proj", dim, dim);
      layout.tensor(block + "layer_scale1.lambda1", dim).norm(block + "norm2", dim);
      layout.linear(block + "mlp.up_proj", 4L * dim, dim);
      layout.linear(block + "mlp.down_proj", dim, 4L * dim);
      layout.tensor(block + "layer_scale2.lambda1", dim);
    }
    return layout.norm("norm", dim).shapes();
  }

  /** {@code DINOv3ConvNextModel}. */
  static ImmutableMap<String, Shape> convNext(int[] depths, int[] dims) {
    Layout layout = new Layout();
    for (int stage = 0; stage < dims.length; stage++) {
      int dim = dims[stage];
      String reduce = "stages." + stage + ".downsample_layers.";
      if (stage == 0) {
        layout.convolution(reduce + "0", dim, 3, 4).norm(reduce + "1", dim);
      } else {
        layout.norm(reduce + "0", dims[stage - 1]);
        layout.convolution(reduce + "1", dim, dims[stage - 1], 2);
      }
      for (int i = 0; i < depths[stage]; i++) {
        String block = "stages.%d.layers.%d.".formatted(stage, i);
        layout.convolution(block + "depthwise_conv", dim, 1, 7).norm(block + "layer_norm", dim);
        layout.linear(block + "pointwise_conv1", 4L * dim, dim);
        layout.linear(block + "pointwise_conv2", dim, 4L * dim).tensor(block + "gamma", dim);
      }
    }
    return layout.norm("layer_norm", dims[dims.length - 1]).shapes();
  }
}
