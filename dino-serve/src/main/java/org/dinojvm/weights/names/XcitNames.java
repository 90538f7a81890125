package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;

/**
 * An XCiT's published names and timm's, which splits queries, keys and values of class attention
 * and spells {@code pos_embed} otherwise.
 */
final class XcitNames {

  private static final String BACKBONE = "backbone.";
  private static final String POSITIONS = "pos_embeder.";
  private static final String THEIR_POSITIONS = "pos_embed.";
  private static final List<String> QUERY_KEY_VALUE = List.of("q", "k", "v");
  private static final Pattern JOINED =
      Pattern.compile("(cls_attn_blocks\\.\\d+\\.attn\\.)qkv(\\.weight|\\.bias)");
  private static final Pattern SPLIT =
      Pattern.compile("(cls_attn_blocks\\.\\d+\\.attn\\.)([qkv])(\\.weight|\\.bias)");

  private XcitNames() {}

  /** Whether weights under published names, {@code backbone.} in front, are an XCiT's. */
  static boolean isXcit(Map<String, Weight> published) {
    return published.containsKey(BACKBONE + POSITIONS + "token_projection.weight");
  }

  /** timm's backbone weights from published ones. */
  static ImmutableMap<String, Weight> toTimm(Map<String, Weight> published) {
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    published.forEach(
        (name, weight) -> {
          if (name.startsWith(BACKBONE)) {
            putTimm(name.substring(BACKBONE.length()), weight, weights);
          }
        });
    return weights.buildOrThrow();
  }

  private static void putTimm(
      String name, Weight weight, ImmutableMap.Builder<String, Weight> weights) {
    Matcher joined = JOINED.matcher(name);
    if (!joined.matches()) {
      weights.put(
          name.startsWith(POSITIONS) ? THEIR_POSITIONS + name.substring(POSITIONS.length()) : name,
          weight);
      return;
    }
    long third = weight.shape().get(0) / 3;
    for (int i = 0; i < 3; i++) {
      weights.put(
          joined.group(1) + QUERY_KEY_VALUE.get(i) + joined.group(2),
          weight.rows(i * third, (i + 1) * third));
    }
  }

  /** Published names of weights whose names may be timm's, {@code backbone.} in front of each. */
  static ImmutableMap<String, Weight> fromTimm(Map<String, Weight> weights) {
    if (!weights.containsKey(BACKBONE + THEIR_POSITIONS + "token_projection.weight")) {
      return ImmutableMap.copyOf(weights);
    }
    ImmutableMap.Builder<String, Weight> published = ImmutableMap.builder();
    weights.forEach(
        (name, weight) -> {
          String plain = name.startsWith(BACKBONE) ? name.substring(BACKBONE.length()) : name;
          Matcher split = SPLIT.matcher(plain);
          if (plain.startsWith(THEIR_POSITIONS)) {
            String rest = plain.substring(THEIR_POSITIONS.length());
            published.put(BACKBONE + POSITIONS + rest, weight);
          } else if (!split.matches()) {
            published.put(name, weight);
          } else if (split.group(2).equals("q")) {
            String qkv = BACKBONE + split.group(1) + "qkv" + split.group(3);
            published.put(qkv, joined(weights, BACKBONE + split.group(1), split.group(3)));
          }
        });
    return published.buildOrThrow();
  }

  private static Weight joined(Map<String, Weight> weights, String start, String leaf) {
    return Weight.concat(
        QUERY_KEY_VALUE.stream()
            .map(
                part -> {
                  String name = start + part + leaf;
                  checkArgument(
                      weights.containsKey(name),
                      "%s is missing: query, key and value go together",
                      Messages.printable(name));
                  return weights.get(name);
                })
            .toList());
  }
}
