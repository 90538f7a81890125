package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableBiMap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;

/**
 * A Vision Transformer's published names and those of timm, as timm's own conversions make them
 * ({@code vision_transformer.py}, {@code eva.py}). DINO's, iBOT's and DINOv2's names are timm's but
 * for these:
 *
 * <ul>
 *   <li>DINOv2: the registers are {@code reg_token}; with them the class token has its position
 *       added and {@code pos_embed} starts with the patches; SwiGLU is {@code fc1}, {@code fc2}
 *   <li>DINOv3, as {@code vit_*_dinov3_qkvb}: {@code reg_token}, {@code gamma_1}, {@code gamma_2},
 *       {@code q_bias} and {@code v_bias}, SwiGLU as {@code fc1_g}, {@code fc1_x}, {@code fc2};
 *       masks of biases and periods are not stored
 * </ul>
 *
 * <p>No mask token is stored. What is the same in all files comes back as it was; the mask token
 * does not, and with registers the class token's position comes back as part of the token.
 */
final class TimmVitNames {

  private static final String BACKBONE = "backbone.";
  private static final String REGISTERS = "reg_token";
  private static final String DINOV2_REGISTERS = "register_tokens";
  private static final String DINOV3_REGISTERS = "storage_tokens";
  private static final String CLS_TOKEN = "cls_token";
  private static final String POSITIONS = "pos_embed";
  private static final String MASK_TOKEN = "mask_token";
  private static final String PERIODS = "rope_embed.periods";
  private static final Pattern BLOCK = Pattern.compile("blocks\\.\\d+\\.(.+?)(\\.weight|\\.bias|)");

  private static final ImmutableBiMap<String, String> DINOV2 =
      ImmutableBiMap.of("mlp.w12", "mlp.fc1", "mlp.w3", "mlp.fc2");

  private static final ImmutableBiMap<String, String> DINOV3 =
      ImmutableBiMap.of(
          "mlp.w1", "mlp.fc1_g",
          "mlp.w2", "mlp.fc1_x",
          "mlp.w3", "mlp.fc2",
          "ls1.gamma", "gamma_1",
          "ls2.gamma", "gamma_2");

  private TimmVitNames() {}

  /** timm's weights from published ones; the head has no place there. */
  static ImmutableMap<String, Weight> toTimm(Map<String, Weight> published) {
    Map<String, Weight> backbone = new LinkedHashMap<>();
    published.forEach(
        (name, weight) -> {
          if (name.startsWith(BACKBONE)) {
            backbone.put(name.substring(BACKBONE.length()), weight);
          }
        });
    boolean rotary = backbone.containsKey(PERIODS);
    checkArgument(
        !backbone.containsKey("cls_norm.weight"),
        "backbone.cls_norm.weight has no name in timm, whose networks have one final norm; export"
            + " under published names");
    backbone.remove(MASK_TOKEN);
    return rotary ? dinov3(backbone) : dinov2(backbone);
  }

  private static ImmutableMap<String, Weight> dinov2(Map<String, Weight> backbone) {
    boolean registers = backbone.containsKey(DINOV2_REGISTERS);
    ImmutableMap.Builder<String, Weight> timm = ImmutableMap.builder();
    backbone.forEach(
        (name, weight) -> {
          if (name.equals(DINOV2_REGISTERS)) {
            timm.put(REGISTERS, weight);
          } else if (registers && name.equals(CLS_TOKEN)) {
            timm.put(name, withPosition(weight, backbone.get(POSITIONS)));
          } else if (registers && name.equals(POSITIONS)) {
            timm.put(name, ofPatches(weight));
          } else {
            timm.put(replaced(name, DINOV2), weight);
          }
        });
    return timm.buildOrThrow();
  }

  private static ImmutableMap<String, Weight> dinov3(Map<String, Weight> backbone) {
    ImmutableMap.Builder<String, Weight> timm = ImmutableMap.builder();
    backbone.forEach(
        (name, weight) -> {
          if (name.equals(DINOV3_REGISTERS)) {
            timm.put(REGISTERS, weight);
          } else if (name.endsWith(".attn.qkv.bias")) {
            long third = weight.shape().get(0) / 3;
            String attention = name.substring(0, name.length() - "qkv.bias".length());
            timm.put(attention + "q_bias", weight.rows(0, third));
            timm.put(attention + "v_bias", weight.rows(2 * third, 3 * third));
          } else if (!name.equals(PERIODS)
              && !name.endsWith(".bias_mask")
              && !name.startsWith("local_cls_norm.")) {
            timm.put(replaced(name, DINOV3), weight);
          }
        });
    return timm.buildOrThrow();
  }

  private static String replaced(String name, Map<String, String> parts) {
    Matcher block = BLOCK.matcher(name);
    String other = block.matches() ? parts.get(block.group(1)) : null;
    return other == null
        ? name
        : name.substring(0, block.start(1)) + other + name.substring(block.end(1));
  }

  /** The class token with its position added: [1, 1, D]. */
  private static Weight withPosition(Weight token, Weight positions) {
    float[] sum = token.floats();
    float[] first = positions.floats();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += first[i];
    }
    return Weight.of(token.shape(), sum);
  }

  /** [1, 1 + n, D] → [1, n, D]. */
  private static Weight ofPatches(Weight positions) {
    long tokens = positions.shape().get(1);
    long dim = positions.shape().get(2);
    return positions
        .reshaped(Shape.of(tokens, dim))
        .rows(1, tokens)
        .reshaped(Shape.of(1, tokens - 1, dim));
  }

  /** [1, n, D] → [1, 1 + n, D], 0 for the class token. */
  private static Weight withoutPositionOfToken(Weight positions) {
    checkArgument(
        positions.shape().numDimensions() == 3,
        "pos_embed is %s; expected [1, patches, features]",
        positions);
    long patches = positions.shape().get(1);
    long dim = positions.shape().get(2);
    Weight rows = positions.reshaped(Shape.of(patches, dim));
    return Weight.concat(List.of(rows.rows(0, 1).zeros(), rows))
        .reshaped(Shape.of(1, patches + 1, dim));
  }

  /** Whether names are timm's where these differ from the published ones. */
  static boolean recognizes(Map<String, Weight> weights) {
    return weights.containsKey(REGISTERS) || isFusedSwiglu(weights);
  }

  /** In timm, DINOv2's SwiGLU has the names of an MLP, and twice the width going in. */
  private static boolean isFusedSwiglu(Map<String, Weight> weights) {
    Weight in = weights.get("blocks.0.mlp.fc1.weight");
    Weight out = weights.get("blocks.0.mlp.fc2.weight");
    return in != null
        && out != null
        && out.shape().numDimensions() == 2
        && in.shape().get(0) == 2 * out.shape().get(1);
  }

  /**
   * Published names from timm's, with what timm does not store: no position for a class token that
   * has it in it, a bias of 0 for keys, its mask and the periods.
   *
   * @param settings may tell {@code num_heads}
   */
  static RenamedWeights toPublished(Map<String, Weight> timm, Map<String, String> settings) {
    boolean rotary = !timm.containsKey(POSITIONS);
    Map<String, String> parts = publishedParts(timm, rotary);
    RenamedWeights.Builder renamed = new RenamedWeights.Builder();
    timm.forEach(
        (name, weight) -> {
          if (name.equals(REGISTERS)) {
            renamed.put(name, BACKBONE + (rotary ? DINOV3_REGISTERS : DINOV2_REGISTERS), weight);
          } else if (name.equals(POSITIONS) && timm.containsKey(REGISTERS)) {
            renamed.put(name, BACKBONE + name, withoutPositionOfToken(weight));
          } else if (name.endsWith(".attn.q_bias")) {
            String attention = name.substring(0, name.length() - "q_bias".length());
            Weight values = timm.get(attention + "v_bias");
            checkArgument(values != null, "%sv_bias is missing: it goes with q_bias", attention);
            renamed.put(
                name,
                BACKBONE + attention + "qkv.bias",
                Weight.concat(List.of(weight, weight.zeros(), values)));
          } else if (!name.endsWith(".attn.v_bias")) {
            boolean classifier = name.equals("head.weight") || name.equals("head.bias");
            renamed.put(name, classifier ? null : BACKBONE + replaced(name, parts), weight);
          }
        });
    RenamedWeights all = renamed.build();
    return rotary ? RotaryWeights.completed(all, settings) : all;
  }

  /** Published names inside of a block by timm's, where they differ. */
  private static Map<String, String> publishedParts(Map<String, Weight> timm, boolean rotary) {
    if (!rotary) {
      return isFusedSwiglu(timm) ? DINOV2.inverse() : ImmutableMap.of();
    }
    boolean gated = timm.containsKey("blocks.0.mlp.fc1_g.weight");
    return Maps.filterKeys(DINOV3.inverse(), part -> gated || !part.startsWith("mlp."));
  }
}
