package org.dinojvm.weights.names;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.weights.Weight;

/**
 * Weights of any names that are known here, under published ones. Published files name some in more
 * than one way: blocks in chunks, as DINOv2's training checkpoints have them, iBOT's mask token,
 * and a ConvNeXt's final norm; here each has one name.
 */
public final class PublishedWeights {

  private static final String BACKBONE = "backbone.";

  /** Classifiers of timm and torchvision. */
  private static final ImmutableSet<String> CLASSIFIER =
      ImmutableSet.of("head.weight", "head.bias", "fc.weight", "fc.bias");

  /** Projection heads of DINOv2, DINOv3 and iBOT in training checkpoints. */
  private static final ImmutableList<String> FOREIGN_HEADS =
      ImmutableList.of("dino_head.", "ibot_head.");

  /** What tells iBOT's head, which has two last layers, from DINO's. */
  private static final String IBOT_LAST_LAYER = "head.last_layer2.";

  private static final Pattern CHUNKED =
      Pattern.compile("(backbone\\.blocks\\.)\\d{1,3}\\.(\\d{1,3}\\..+)");
  private static final String IBOT_MASK = "backbone.masked_embed";
  private static final String MASK = "backbone.mask_token";

  private PublishedWeights() {}

  /** Whether the names are those of Hugging Face's models. */
  public static boolean areHuggingFace(Map<String, Weight> weights) {
    return HuggingFaceNames.recognizes(weights)
        || ConvNextNames.of(weights).equals(Optional.of(ConvNextNames.HUGGINGFACE));
  }

  /**
   * The weights of a backbone, or of a backbone and a head; copies nothing but query, key and value
   * that lie apart.
   *
   * @param weights as a file names them: of the published code, timm or Hugging Face
   * @param settings what is known of the network beside its weights, such as {@code num_heads}
   * @throws IllegalArgumentException if two get the same name or some are missing
   */
  public static RenamedWeights of(Map<String, Weight> weights, Map<String, String> settings) {
    RenamedWeights renamed = ofDialect(weights, settings);
    return new RenamedWeights(renamed(renamed.weights()), renamed.ignored());
  }

  private static RenamedWeights ofDialect(
      Map<String, Weight> weights, Map<String, String> settings) {
    Optional<ConvNextNames> convNext = ConvNextNames.of(weights);
    if (convNext.isPresent()) {
      return convNext.get().toPublished(weights);
    } else if (HuggingFaceNames.recognizes(weights)) {
      return HuggingFaceNames.toPublished(weights, settings);
    } else if (TimmVitNames.recognizes(weights)) {
      return TimmVitNames.toPublished(weights, settings);
    }
    return withBackbonePrefix(weights);
  }

  /** A plain backbone gets its prefix and loses its classifier. */
  private static RenamedWeights withBackbonePrefix(Map<String, Weight> weights) {
    boolean plain = weights.keySet().stream().noneMatch(name -> name.startsWith(BACKBONE));
    boolean ibot = weights.keySet().stream().anyMatch(name -> name.startsWith(IBOT_LAST_LAYER));
    RenamedWeights.Builder renamed = new RenamedWeights.Builder();
    weights.forEach(
        (name, weight) -> {
          String published = plain ? BACKBONE + name : name;
          boolean leftOut =
              (plain && CLASSIFIER.contains(name))
                  || FOREIGN_HEADS.stream().anyMatch(name::startsWith)
                  || (ibot && PublishedNames.isHead(name));
          renamed.put(name, leftOut ? null : published, weight);
        });
    return renamed.build();
  }

  /**
   * The weights under the one name of each that is used here; copies nothing.
   *
   * @param weights by published name, with {@code backbone.} in front
   * @throws IllegalArgumentException if two get the same name
   */
  public static ImmutableMap<String, Weight> renamed(Map<String, Weight> weights) {
    RenamedWeights.Builder renamed = new RenamedWeights.Builder();
    weights.forEach((name, weight) -> renamed.put(name, renamed(name), weight));
    return XcitNames.fromTimm(ConvNextNames.withoutRepetition(renamed.build().weights()));
  }

  private static String renamed(String name) {
    if (name.equals(IBOT_MASK)) {
      return MASK;
    }
    Matcher chunked = CHUNKED.matcher(name);
    return chunked.matches() ? chunked.group(1) + chunked.group(2) : name;
  }
}
