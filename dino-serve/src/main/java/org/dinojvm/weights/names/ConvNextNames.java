package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableBiMap;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;

/**
 * A ConvNeXt's published names and those of others: Hugging Face's {@code DINOv3ConvNextModel} and
 * timm. The published module holds its final norm twice, as {@code norm} and as {@code norms.3};
 * here it is {@code norm}.
 */
enum ConvNextNames {
  /** {@code DINOv3ConvNextModel}. */
  HUGGINGFACE(
      "layers",
      "downsample_layers",
      "layer_norm",
      ImmutableBiMap.of(
          "dwconv", "depthwise_conv",
          "norm", "layer_norm",
          "pwconv1", "pointwise_conv1",
          "pwconv2", "pointwise_conv2",
          "gamma", "gamma")),
  /** timm's {@code ConvNeXt} without a classifier; its first downsampling is the stem. */
  TIMM(
      "blocks",
      "downsample",
      "head.norm",
      ImmutableBiMap.of(
          "dwconv", "conv_dw",
          "norm", "norm",
          "pwconv1", "mlp.fc1",
          "pwconv2", "mlp.fc2",
          "gamma", "gamma"));

  private static final String BACKBONE = "backbone.";
  private static final String REPEATED_NORM = BACKBONE + "norms.3.";
  private static final String NORM = BACKBONE + "norm.";
  private static final String STEM = "stem";
  private static final String LEAF = "(\\.weight|\\.bias|)";

  private static final Pattern BLOCK = Pattern.compile("stages\\.(\\d+)\\.(\\d+)\\.(\\w+?)" + LEAF);
  private static final Pattern DOWNSAMPLING =
      Pattern.compile("downsample_layers\\.(\\d+)\\.(\\d+)" + LEAF);
  private static final Pattern FINAL_NORM = Pattern.compile("norm" + LEAF);
  private static final Pattern THEIR_STEM = Pattern.compile(STEM + "\\.(\\d+)" + LEAF);

  private final String blocks;
  private final String downsampling;
  private final String finalNorm;
  private final ImmutableBiMap<String, String> parts;
  private final Pattern theirBlock;
  private final Pattern theirDownsampling;
  private final Pattern theirFinalNorm;

  ConvNextNames(
      String blocks, String downsampling, String finalNorm, ImmutableBiMap<String, String> parts) {
    this.blocks = blocks;
    this.downsampling = downsampling;
    this.finalNorm = finalNorm;
    this.parts = parts;
    theirBlock = Pattern.compile("stages\\.(\\d+)\\." + blocks + "\\.(\\d+)\\.([\\w.]+?)" + LEAF);
    theirDownsampling = Pattern.compile("stages\\.(\\d+)\\." + downsampling + "\\.(\\d+)" + LEAF);
    theirFinalNorm = Pattern.compile(Pattern.quote(finalNorm) + LEAF);
  }

  /** Whose names weights have, if they are a ConvNeXt's and not published ones. */
  static Optional<ConvNextNames> of(Map<String, Weight> weights) {
    return Stream.of(values()).filter(names -> names.prefix(weights).isPresent()).findFirst();
  }

  /** Whether weights under published names, {@code backbone.} in front, are a ConvNeXt's. */
  static boolean isConvNext(Map<String, Weight> published) {
    return published.containsKey(BACKBONE + "downsample_layers.0.0.weight");
  }

  /** What stands before all names, such as {@code model.}. */
  private Optional<String> prefix(Map<String, Weight> weights) {
    String known = "stages.0." + blocks + ".0." + parts.get("dwconv") + ".weight";
    return weights.keySet().stream()
        .filter(name -> name.endsWith(known))
        .map(name -> name.substring(0, name.length() - known.length()))
        .findFirst();
  }

  /** Published backbone weights, and what has no published counterpart: a classifier. */
  RenamedWeights toPublished(Map<String, Weight> theirs) {
    String prefix = prefix(theirs).orElse("");
    RenamedWeights.Builder renamed = new RenamedWeights.Builder();
    theirs.forEach(
        (name, weight) ->
            renamed.put(
                name,
                name.startsWith(prefix)
                    ? published(name.substring(prefix.length())).map(BACKBONE::concat).orElse(null)
                    : null,
                weight));
    return renamed.build();
  }

  private Optional<String> published(String name) {
    Matcher block = theirBlock.matcher(name);
    if (block.matches() && parts.inverse().containsKey(block.group(3))) {
      return Optional.of(
          "stages.%s.%s.%s%s"
              .formatted(
                  block.group(1),
                  block.group(2),
                  parts.inverse().get(block.group(3)),
                  block.group(4)));
    }
    Matcher reduce = theirDownsampling.matcher(name);
    if (reduce.matches()) {
      return Optional.of(
          "downsample_layers.%s.%s%s".formatted(reduce.group(1), reduce.group(2), reduce.group(3)));
    }
    Matcher stem = THEIR_STEM.matcher(name);
    if (stem.matches()) {
      return Optional.of("downsample_layers.0.%s%s".formatted(stem.group(1), stem.group(2)));
    }
    Matcher norm = theirFinalNorm.matcher(name);
    return norm.matches() ? Optional.of("norm" + norm.group(1)) : Optional.empty();
  }

  /** Their weights from published ones; a projection head has no place there. */
  ImmutableMap<String, Weight> fromPublished(Map<String, Weight> published) {
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    published.forEach(
        (name, weight) -> {
          if (name.startsWith(BACKBONE)) {
            weights.put(theirs(name.substring(BACKBONE.length())), weight);
          }
        });
    return weights.buildOrThrow();
  }

  private String theirs(String name) {
    Matcher block = BLOCK.matcher(name);
    if (block.matches() && parts.containsKey(block.group(3))) {
      return "stages.%s.%s.%s.%s%s"
          .formatted(
              block.group(1), blocks, block.group(2), parts.get(block.group(3)), block.group(4));
    }
    Matcher reduce = DOWNSAMPLING.matcher(name);
    if (reduce.matches()) {
      return this == TIMM && reduce.group(1).equals("0")
          ? "%s.%s%s".formatted(STEM, reduce.group(2), reduce.group(3))
          : "stages.%s.%s.%s%s"
              .formatted(reduce.group(1), downsampling, reduce.group(2), reduce.group(3));
    }
    Matcher norm = FINAL_NORM.matcher(name);
    checkArgument(norm.matches(), "backbone.%s is no weight of a ConvNeXt", name);
    return finalNorm + norm.group(1);
  }

  /**
   * Published weights without the second name of the final norm.
   *
   * @throws IllegalArgumentException if what stands under it is another tensor
   */
  static ImmutableMap<String, Weight> withoutRepetition(Map<String, Weight> published) {
    ImmutableMap.Builder<String, Weight> once = ImmutableMap.builder();
    published.forEach(
        (name, weight) -> {
          if (!name.startsWith(REPEATED_NORM)) {
            once.put(name, weight);
            return;
          }
          String first = NORM + name.substring(REPEATED_NORM.length());
          checkArgument(
              weight.equals(published.get(first)),
              "%s is not %s, whose second name it is: the file mixes two networks; take the"
                  + " published one",
              Messages.printable(name),
              Messages.printable(first));
        });
    return once.buildOrThrow();
  }

  /** Published weights with that second name, as the published module wants them. */
  static ImmutableMap<String, Weight> withRepetition(Map<String, Weight> published) {
    ImmutableMap.Builder<String, Weight> twice = ImmutableMap.builder();
    published.forEach(
        (name, weight) -> {
          twice.put(name, weight);
          if (name.startsWith(NORM)) {
            twice.put(REPEATED_NORM + name.substring(NORM.length()), weight);
          }
        });
    return twice.buildOrThrow();
  }
}
