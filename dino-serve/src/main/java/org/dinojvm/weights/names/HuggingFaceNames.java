package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * A backbone's published names and those of Hugging Face's models: ViTModel, as {@code
 * facebook/dino-vits16} has them, Dinov2Model and DINOv3ViTModel. There, query, key and value are
 * three layers; here they are one, {@code attn.qkv}.
 */
final class HuggingFaceNames {
  private static final String CLS_TOKEN = "embeddings.cls_token";
  private static final String BACKBONE = "backbone.";
  private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d+)\\.(.+)");

  private HuggingFaceNames() {}

  /** Whether the names are Hugging Face's, with or without a prefix such as {@code vit.}. */
  static boolean recognizes(Map<String, Weight> weights) {
    return weights.keySet().stream().anyMatch(name -> name.endsWith(CLS_TOKEN));
  }

  /**
   * Published backbone weights ({@code backbone.blocks.0.attn.qkv.weight}, …) and what has no
   * published counterpart: a pooler or a classifier. What Hugging Face's DINOv3 leaves out because
   * it is no weight, the mask of biases and the periods of positions, gets its published values.
   *
   * @param settings what the model's {@code config.json} says
   */
  static RenamedWeights toPublished(Map<String, Weight> huggingFace, Map<String, String> settings) {
    String prefix = prefix(huggingFace);
    Map<String, Weight> plain = new LinkedHashMap<>();
    huggingFace.forEach(
        (name, weight) -> plain.put(name.startsWith(prefix) ? cut(name, prefix) : name, weight));
    HuggingFaceDialect dialect = HuggingFaceDialect.of(plain.keySet());
    RenamedWeights.Builder renamed = new RenamedWeights.Builder();
    plain.forEach(
        (name, weight) -> {
          Matcher layer = dialect.layer(stem(name));
          if (layer.matches() && dialect.isQueryKeyValue(layer.group(2))) {
            joinQueryKeyValue(plain, dialect, layer.group(1), name, renamed);
          } else {
            String published = published(dialect, stem(name), leaf(name));
            boolean cut = huggingFace.containsKey(prefix + name);
            renamed.put(cut ? prefix + name : name, published, weight);
          }
        });
    RenamedWeights all = renamed.build();
    return dialect.isRotary() ? RotaryWeights.completed(all, settings) : all;
  }

  private static String cut(String name, String prefix) {
    return name.substring(prefix.length());
  }

  /**
   * Hugging Face's weights from published ones. The projection head has no place there, nor have a
   * ViTModel's mask token and DINOv3's periods, masks of biases and biases of keys.
   */
  static ImmutableMap<String, Weight> fromPublished(Map<String, Weight> published) {
    HuggingFaceDialect dialect = HuggingFaceDialect.ofPublished(published.keySet());
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    published.forEach(
        (name, weight) -> {
          if (name.startsWith(BACKBONE) && !dialect.leavesOut(name)) {
            putHuggingFace(dialect, name.substring(BACKBONE.length()), weight, weights);
          }
        });
    return weights.buildOrThrow();
  }

  // ---------------------------------------------------- to published names

  /** Puts the joined layer where the query stands; its key and value are looked up from there. */
  private static void joinQueryKeyValue(
      Map<String, Weight> plain,
      HuggingFaceDialect dialect,
      String layer,
      String name,
      RenamedWeights.Builder renamed) {
    List<String> parts = dialect.queryKeyValue(layer, leaf(name));
    if (!name.equals(parts.get(0))) {
      require(plain, parts.get(0));
      return;
    }
    Weight query = plain.get(name);
    Weight value = require(plain, parts.get(2));
    boolean withoutKeyBias = dialect.isRotary() && leaf(name).equals(".bias");
    Weight key =
        withoutKeyBias && !plain.containsKey(parts.get(1))
            ? query.zeros()
            : require(plain, parts.get(1));
    renamed.put(
        name,
        BACKBONE + "blocks." + layer + ".attn.qkv" + leaf(name),
        Weight.concat(List.of(query, key, value)));
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
  private static String published(HuggingFaceDialect dialect, String stem, String leaf) {
    Matcher layer = dialect.layer(stem);
    if (layer.matches()) {
      String part = dialect.layers().get(layer.group(2));
      return part == null ? null : BACKBONE + "blocks." + layer.group(1) + "." + part + leaf;
    }
    String part = dialect.stems().get(stem);
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
      HuggingFaceDialect dialect,
      String name,
      Weight weight,
      ImmutableMap.Builder<String, Weight> weights) {
    Matcher block = BLOCK.matcher(stem(name));
    if (!block.matches()) {
      boolean deeper = dialect.isRotary() && name.equals("mask_token");
      weights.put(
          require(dialect.stems().inverse(), stem(name), name) + leaf(name),
          deeper ? weight.reshaped(Shape.of(1, 1, weight.size())) : weight);
    } else if (block.group(2).equals("attn.qkv")) {
      splitQueryKeyValue(dialect, block.group(1), leaf(name), weight, weights);
    } else {
      weights.put(
          dialect.layerStart()
              + block.group(1)
              + "."
              + require(dialect.layers().inverse(), block.group(2), name)
              + leaf(name),
          weight);
    }
  }

  private static void splitQueryKeyValue(
      HuggingFaceDialect dialect,
      String layer,
      String leaf,
      Weight joined,
      ImmutableMap.Builder<String, Weight> weights) {
    long third = joined.shape().get(0) / 3;
    List<String> names = dialect.queryKeyValue(layer, leaf);
    for (int i = 0; i < 3; i++) {
      boolean keyBias = i == 1 && leaf.equals(".bias");
      if (!keyBias || !dialect.isRotary()) {
        weights.put(names.get(i), joined.rows(i * third, (i + 1) * third));
      }
    }
  }

  private static String require(Map<String, String> names, String stem, String published) {
    String name = names.get(stem);
    checkArgument(
        name != null,
        "backbone.%s has no name in Hugging Face's models; export under published names",
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
