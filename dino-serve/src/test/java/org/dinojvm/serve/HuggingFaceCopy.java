package org.dinojvm.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * Weights under the names of Dinov2Model and DINOv3ViTModel, as transformers' conversion makes
 * them.
 */
final class HuggingFaceCopy {

  private HuggingFaceCopy() {}

  static Map<String, Weight> of(Map<String, Weight> published) {
    boolean rotary = published.containsKey("rope_embed.periods");
    Map<String, Weight> renamed = new LinkedHashMap<>();
    published.forEach(
        (name, weight) -> {
          if (name.contains(".attn.qkv.bias_mask") || name.startsWith("rope_embed")) {
            return;
          }
          String other = rotary ? dinov3(name) : dinov2(name);
          if (name.contains(".attn.qkv.")) {
            split(other, weight, rotary, renamed);
          } else if (rotary && name.equals("mask_token")) {
            long dim = weight.shape().get(1);
            renamed.put(other, Weight.of(weight.dtype(), Shape.of(1, 1, dim), weight.data()));
          } else {
            renamed.put(other, weight);
          }
        });
    Map<String, Weight> prefixed = new LinkedHashMap<>();
    renamed.forEach(
        (name, weight) -> prefixed.put(rotary ? name : "dinov2_with_registers." + name, weight));
    return prefixed;
  }

  private static void split(
      String name, Weight joined, boolean rotary, Map<String, Weight> renamed) {
    long third = joined.shape().get(0) / 3;
    List<String> parts =
        rotary ? List.of("q_proj", "k_proj", "v_proj") : List.of("query", "key", "value");
    for (int i = 0; i < 3; i++) {
      boolean keyBias = rotary && i == 1 && name.endsWith(".bias");
      if (!keyBias) {
        renamed.put(name.replace("QKV", parts.get(i)), joined.rows(i * third, (i + 1) * third));
      }
    }
  }

  private static String dinov2(String name) {
    return name.replaceAll("^(cls_token|mask_token|register_tokens)", "embeddings.$1")
        .replace("pos_embed", "embeddings.position_embeddings")
        .replace("patch_embed.proj", "embeddings.patch_embeddings.projection")
        .replaceAll("^norm\\.", "layernorm.")
        .replaceAll("^blocks\\.", "encoder.layer.")
        .replace("attn.qkv", "attention.attention.QKV")
        .replace("attn.proj", "attention.output.dense")
        .replaceAll("ls(\\d)\\.gamma", "layer_scale$1.lambda1")
        .replace("mlp.w12", "mlp.weights_in")
        .replace("mlp.w3", "mlp.weights_out");
  }

  private static String dinov3(String name) {
    return name.replaceAll("^(cls_token|mask_token)", "embeddings.$1")
        .replace("storage_tokens", "embeddings.register_tokens")
        .replace("patch_embed.proj", "embeddings.patch_embeddings")
        .replaceAll("^blocks\\.", "layer.")
        .replace("attn.qkv", "attention.QKV")
        .replace("attn.proj", "attention.o_proj")
        .replaceAll("ls(\\d)\\.gamma", "layer_scale$1.lambda1")
        .replace("mlp.fc1", "mlp.up_proj")
        .replace("mlp.fc2", "mlp.down_proj");
  }

  /** Two shards and their index, whose path is returned. */
  static Path shards(Map<String, Weight> weights, Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Map<String, Weight>> shards = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    List<String> lines = new ArrayList<>();
    weights.forEach(
        (name, weight) -> {
          int shard = lines.size() % 2;
          shards.get(shard).put(name, weight);
          lines.add("\"%s\": \"%s\"".formatted(name, file(shard)));
        });
    for (int i = 0; i < 2; i++) {
      Safetensors.of(shards.get(i)).write(folder.resolve(file(i)));
    }
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(
        index, "{\"metadata\": {}, \"weight_map\": {" + String.join(", ", lines) + "}}");
    return index;
  }

  private static String file(int shard) {
    return "model-0000%d-of-00002.safetensors".formatted(shard + 1);
  }
}
