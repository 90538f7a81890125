package org.dinojvm.weights;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What published files name in more than one way: blocks in chunks, as DINOv2's training
 * checkpoints have them, and iBOT's name of the mask token.
 */
public final class PublishedWeights {

  private static final Pattern CHUNKED =
      Pattern.compile("(backbone\\.blocks\\.)\\d{1,3}\\.(\\d{1,3}\\..+)");
  private static final String IBOT_MASK = "backbone.masked_embed";
  private static final String MASK = "backbone.mask_token";

  private PublishedWeights() {}

  /**
   * The weights under the one name of each that is used here; copies nothing.
   *
   * @param weights by published name, with {@code backbone.} in front
   * @throws IllegalArgumentException if two get the same name
   */
  public static ImmutableMap<String, Weight> renamed(Map<String, Weight> weights) {
    RenamedWeights.Builder renamed = new RenamedWeights.Builder();
    weights.forEach((name, weight) -> renamed.put(name, renamed(name), weight));
    return renamed.build().weights();
  }

  private static String renamed(String name) {
    if (name.equals(IBOT_MASK)) {
      return MASK;
    }
    Matcher chunked = CHUNKED.matcher(name);
    return chunked.matches() ? chunked.group(1) + chunked.group(2) : name;
  }
}
