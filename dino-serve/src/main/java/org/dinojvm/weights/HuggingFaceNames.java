package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableBiMap;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A backbone's published names and those of Hugging Face's ViTModel, as {@code
 * facebook/dino-vits16} has them. There, query, key and value are three layers; here they are one,
 * {@code attn.qkv}.
 */
public final class HuggingFaceNames {
  private static final String CLS_TOKEN = "embeddings.cls_token";
  private static final String BACKBONE = "backbone.";

  private static final ImmutableBiMap<String, String> STEMS =
      ImmutableBiMap.of(
          CLS_TOKEN,
          "cls_token",
          "embeddings.position_embeddings",
          "pos_embed",
          "embeddings.patch_embeddings.projection",
          "patch_embed.proj",
          "layernorm",
          "norm");

  private static final ImmutableBiMap<String, String> LAYERS =
      ImmutableBiMap.of(
          "layernorm_before", "norm1",
          "attention.output.dense", "attn.proj",
          "layernorm_after", "norm2",
          "intermediate.dense", "mlp.fc1",
          "output.dense", "mlp.fc2");

  private static final List<String> QUERY_KEY_VALUE = List.of("query", "key", "value");
  private static final Pattern LAYER = Pattern.compile("encoder\\.layer\\.(\\d+)\\.(.+)");
  private static final Pattern ATTENTION =
      Pattern.compile("attention\\.attention\\.(query|key|value)");
  private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d+)\\.(.+)");

  private HuggingFaceNames() {}

  /** Whether the names are Hugging Face's, with or without a prefix such as {@code vit.}. */
  public static boolean recognizes(Map<String, Weight> weights) {
    return weights.keySet().stream().anyMatch(name -> name.endsWith(CLS_TOKEN));
  }

  /**
   * Published backbone weights ({@code backbone.blocks.0.attn.qkv.weight}, …) and what has no
   * published counterpart: a pooler, a classifier or a mask token.
   */
  static RenamedWeights toPublished(Map<String, Weight> huggingFace) {
    String prefix = prefix(huggingFace);
    RenamedWeights.Builder renamed = new RenamedWeights.Builder();
    huggingFace.forEach(
        (name, weight) -> {
          String plain = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
          Matcher layer = LAYER.matcher(stem(plain));
          if (layer.matches() && ATTENTION.matcher(layer.group(2)).matches()) {
            joinQueryKeyValue(huggingFace, name, layer.group(1), leaf(plain), renamed);
          } else {
            renamed.put(name, published(stem(plain), leaf(plain)), weight);
          }
        });
    return renamed.build();
  }

  /** Hugging Face's weights from published ones; the projection head has no place there. */
  public static ImmutableMap<String, Weight> fromPublished(Map<String, Weight> published) {
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    published.forEach(
        (name, weight) -> {
          if (name.startsWith(BACKBONE)) {
            putHuggingFace(name.substring(BACKBONE.length()), weight, weights);
          }
        });
    return weights.buildOrThrow();
  }

  // ---------------------------------------------------- to published names

  /** Puts the joined layer where the query stands; its key and value are looked up from there. */
  private static void joinQueryKeyValue(
      Map<String, Weight> huggingFace,
      String name,
      String layer,
      String leaf,
      RenamedWeights.Builder renamed) {
    String start = name.substring(0, name.lastIndexOf(".attention.") + ".attention.".length());
    List<Weight> parts =
        QUERY_KEY_VALUE.stream().map(part -> require(huggingFace, start + part + leaf)).toList();
    if (name.equals(start + "query" + leaf)) {
      renamed.put(name, BACKBONE + "blocks." + layer + ".attn.qkv" + leaf, Weight.concat(parts));
    }
  }

  private static Weight require(Map<String, Weight> weights, String name) {
    Weight weight = weights.get(name);
    checkArgument(
        weight != null,
        "%s is missing: query, key and value go together",
        Messages.printable(name));
    return weight;
  }

  /** The published name, or null if there is none. */
  private static String published(String stem, String leaf) {
    Matcher layer = LAYER.matcher(stem);
    if (layer.matches()) {
      String part = LAYERS.get(layer.group(2));
      return part == null ? null : BACKBONE + "blocks." + layer.group(1) + "." + part + leaf;
    }
    String part = STEMS.get(stem);
    return part == null ? null : BACKBONE + part + leaf;
  }

  private static String prefix(Map<String, Weight> weights) {
    return weights.keySet().stream()
        .filter(name -> name.endsWith(CLS_TOKEN))
        .findFirst()
        .map(name -> name.substring(0, name.length() - CLS_TOKEN.length()))
        .orElse("");
  }

  // -------------------------------------------------- from published names

  private static void putHuggingFace(
      String name, Weight weight, ImmutableMap.Builder<String, Weight> weights) {
    Matcher block = BLOCK.matcher(stem(name));
    if (!block.matches()) {
      weights.put(require(STEMS.inverse(), stem(name), name) + leaf(name), weight);
      return;
    }
    String layer = "encoder.layer." + block.group(1) + ".";
    if (block.group(2).equals("attn.qkv")) {
      splitQueryKeyValue(layer + "attention.attention.", leaf(name), weight, weights);
    } else {
      weights.put(layer + require(LAYERS.inverse(), block.group(2), name) + leaf(name), weight);
    }
  }

  private static void splitQueryKeyValue(
      String start, String leaf, Weight joined, ImmutableMap.Builder<String, Weight> weights) {
    long third = joined.shape().get(0) / 3;
    for (int i = 0; i < 3; i++) {
      weights.put(start + QUERY_KEY_VALUE.get(i) + leaf, joined.rows(i * third, (i + 1) * third));
    }
  }

  private static String require(Map<String, String> names, String stem, String published) {
    String name = names.get(stem);
    checkArgument(
        name != null,
        "backbone.%s has no name in Hugging Face's ViT; only vision transformers have",
        published);
    return name;
  }

  // ----------------------------------------------------------------- names

  /** The name without {@code .weight} or {@code .bias}. */
  private static String stem(String name) {
    return name.substring(0, name.length() - leaf(name).length());
  }

  private static String leaf(String name) {
    return name.endsWith(".weight") ? ".weight" : name.endsWith(".bias") ? ".bias" : "";
  }
}
