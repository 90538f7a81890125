package org.dinojvm.weights.names;

import com.google.common.collect.ImmutableBiMap;
import com.google.common.collect.ImmutableList;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How one of Hugging Face's models names its weights, beside the published names. Names are without
 * {@code .weight} and {@code .bias}.
 *
 * @param stems outside of layers
 * @param layerStart what stands before a layer's number
 * @param layers inside of layers
 * @param attention what query, key and value are below
 * @param parts query, key and value
 */
record HuggingFaceDialect(
    ImmutableBiMap<String, String> stems,
    String layerStart,
    ImmutableBiMap<String, String> layers,
    String attention,
    ImmutableList<String> parts) {

  private static final ImmutableList<String> WORDS = ImmutableList.of("query", "key", "value");

  /** {@code ViTModel}: DINO's. */
  static final HuggingFaceDialect VIT =
      new HuggingFaceDialect(
          ImmutableBiMap.of(
              "embeddings.cls_token", "cls_token",
              "embeddings.position_embeddings", "pos_embed",
              "embeddings.patch_embeddings.projection", "patch_embed.proj",
              "layernorm", "norm"),
          "encoder.layer.",
          ImmutableBiMap.of(
              "layernorm_before", "norm1",
              "attention.output.dense", "attn.proj",
              "layernorm_after", "norm2",
              "intermediate.dense", "mlp.fc1",
              "output.dense", "mlp.fc2"),
          "attention.attention.",
          WORDS);

  /** {@code Dinov2Model} and {@code Dinov2WithRegistersModel}. */
  static final HuggingFaceDialect DINOV2 =
      new HuggingFaceDialect(
          ImmutableBiMap.<String, String>builder()
              .put("embeddings.cls_token", "cls_token")
              .put("embeddings.mask_token", "mask_token")
              .put("embeddings.register_tokens", "register_tokens")
              .put("embeddings.position_embeddings", "pos_embed")
              .put("embeddings.patch_embeddings.projection", "patch_embed.proj")
              .put("layernorm", "norm")
              .buildOrThrow(),
          "encoder.layer.",
          ImmutableBiMap.<String, String>builder()
              .put("norm1", "norm1")
              .put("attention.output.dense", "attn.proj")
              .put("layer_scale1.lambda1", "ls1.gamma")
              .put("norm2", "norm2")
              .put("mlp.fc1", "mlp.fc1")
              .put("mlp.fc2", "mlp.fc2")
              .put("mlp.weights_in", "mlp.w12")
              .put("mlp.weights_out", "mlp.w3")
              .put("layer_scale2.lambda1", "ls2.gamma")
              .buildOrThrow(),
          "attention.attention.",
          WORDS);

  /** {@code DINOv3ViTModel} with an MLP. */
  static final HuggingFaceDialect DINOV3 =
      dinov3(ImmutableBiMap.of("mlp.up_proj", "mlp.fc1", "mlp.down_proj", "mlp.fc2"));

  /** {@code DINOv3ViTModel} with SwiGLU. */
  static final HuggingFaceDialect DINOV3_GATED =
      dinov3(
          ImmutableBiMap.of(
              "mlp.gate_proj", "mlp.w1", "mlp.up_proj", "mlp.w2", "mlp.down_proj", "mlp.w3"));

  private static HuggingFaceDialect dinov3(ImmutableBiMap<String, String> mlp) {
    return new HuggingFaceDialect(
        ImmutableBiMap.of(
            "embeddings.cls_token", "cls_token",
            "embeddings.mask_token", "mask_token",
            "embeddings.register_tokens", "storage_tokens",
            "embeddings.patch_embeddings", "patch_embed.proj",
            "norm", "norm"),
        "layer.",
        ImmutableBiMap.<String, String>builder()
            .put("norm1", "norm1")
            .put("attention.o_proj", "attn.proj")
            .put("layer_scale1.lambda1", "ls1.gamma")
            .put("norm2", "norm2")
            .putAll(mlp)
            .put("layer_scale2.lambda1", "ls2.gamma")
            .buildOrThrow(),
        "attention.",
        ImmutableList.of("q_proj", "k_proj", "v_proj"));
  }

  /** Whose names these are. */
  static HuggingFaceDialect of(Set<String> names) {
    if (names.contains("embeddings.patch_embeddings.weight")) {
      boolean gated = names.stream().anyMatch(name -> name.contains(".mlp.gate_proj."));
      return gated ? DINOV3_GATED : DINOV3;
    }
    boolean scaled = names.stream().anyMatch(name -> name.contains(".layer_scale1."));
    return scaled ? DINOV2 : VIT;
  }

  /** In whose names published weights are written. */
  static HuggingFaceDialect ofPublished(Set<String> names) {
    if (names.contains("backbone.rope_embed.periods")) {
      return names.contains("backbone.blocks.0.mlp.w1.weight") ? DINOV3_GATED : DINOV3;
    }
    return names.contains("backbone.blocks.0.ls1.gamma") ? DINOV2 : VIT;
  }

  /** Whether a published weight has no place in the model and is not needed there. */
  boolean leavesOut(String published) {
    return isRotary()
        ? published.equals("backbone.rope_embed.periods")
            || published.endsWith(".attn.qkv.bias_mask")
            || published.startsWith("backbone.local_cls_norm.")
        : equals(VIT) && published.equals("backbone.mask_token");
  }

  /** Whether the model has rotary positions, for which the file holds no weights. */
  boolean isRotary() {
    return layerStart.equals("layer.");
  }

  /** Groups: the layer's number, the name inside. */
  Matcher layer(String stem) {
    return Pattern.compile(Pattern.quote(layerStart) + "(\\d+)\\.(.+)").matcher(stem);
  }

  /** Whether a name inside a layer is of query, key or value. */
  boolean isQueryKeyValue(String inLayer) {
    return inLayer.startsWith(attention) && parts.contains(inLayer.substring(attention.length()));
  }

  /** The names of a layer's query, key and value. */
  ImmutableList<String> queryKeyValue(String layer, String leaf) {
    return parts.stream()
        .map(part -> layerStart + layer + "." + attention + part + leaf)
        .collect(ImmutableList.toImmutableList());
  }
}
