package org.dinojvm.model.family;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.VitOptions;
import org.dinojvm.model.VitOptions.Ffn;
import org.dinojvm.model.VitOptions.FinalNorms;
import org.dinojvm.model.VitOptions.MaskToken;
import org.dinojvm.model.VitOptions.Positions;
import org.dinojvm.model.VitOptions.QkvBias;
import org.dinojvm.model.VitOptions.Stem;
import org.dinojvm.model.family.BackboneFamily.Recognized;
import org.dinojvm.model.family.VitArch.Release;
import org.tensorflow.ndarray.Shape;

/**
 * What names and shapes of weights tell of a Vision Transformer.
 *
 * @param weights shape by published name
 */
record VitWeights(Map<String, Shape> weights) {

  private static final String PATCHES = "patch_embed.proj.weight";
  private static final String CONVOLUTION = "patch_embed.proj.%d.0.weight";
  private static final String POSITIONS = "pos_embed";
  private static final String PERIODS = "rope_embed.periods";
  private static final String BLOCK = "blocks.0.";

  /** Patches along a side of the pictures that networks without learned positions are used for. */
  private static final int ROTARY_GRID = 16;

  /**
   * Whether the weights are a Vision Transformer's; XCiT, which has the convolutional stem, too,
   * has no learned positions.
   */
  boolean isVisionTransformer() {
    return weights.containsKey(PATCHES) || (isConvolutional() && weights.containsKey(POSITIONS));
  }

  /** The network. */
  Recognized recognized() {
    int patchSize = isConvolutional() ? 1 << convolutions() : (int) linearPatches().get(2);
    int embedDim = (int) (isConvolutional() ? lastConvolution() : linearPatches()).get(0);
    int depth = WeightShapes.countAll(weights, "blocks");
    boolean rotary = weights.containsKey(PERIODS);
    int imageSize = rotary ? ROTARY_GRID * patchSize : grid() * patchSize;
    VitOptions options = options(embedDim);
    Optional<Map.Entry<String, VitArch>> published =
        VitArch.ALL.entrySet().stream()
            .filter(entry -> isOf(entry.getValue(), patchSize, embedDim, depth, options))
            .findFirst();
    String arch = published.map(Map.Entry::getKey).orElseGet(() -> nearest(embedDim));
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("arch", arch);
    settings.putAll(differences(VitArch.ALL.get(arch), patchSize, embedDim, depth, options));
    if (rotary) {
      settings.put("num_heads", heads(embedDim));
    }
    return new Recognized(ImmutableMap.copyOf(settings), embedDim, rotary ? 0 : imageSize, !rotary)
        .wanting(pictures(published.map(Map.Entry::getValue), imageSize, options))
        .named(published.map(entry -> label(entry.getValue(), patchSize)).orElse(""));
  }

  /** [D, 3, patch, patch]. */
  private Shape linearPatches() {
    Shape patches = WeightShapes.of(weights, PATCHES, 4);
    checkArgument(
        patches.get(1) == 3 && patches.get(2) == patches.get(3),
        "%s is %s; expected [features, 3, patch, patch]",
        PATCHES,
        patches);
    return patches;
  }

  private boolean isConvolutional() {
    return convolutions() > 0;
  }

  /** How many convolutions the stem has, each halving the picture; their numbers are even. */
  private int convolutions() {
    int count = 0;
    while (weights.containsKey(CONVOLUTION.formatted(2 * count))) {
      count++;
    }
    return count;
  }

  /** [D, D/2, 3, 3]. */
  private Shape lastConvolution() {
    return WeightShapes.of(weights, CONVOLUTION.formatted(2 * (convolutions() - 1)), 4);
  }

  private static String label(VitArch arch, int patchSize) {
    return arch.patchSize() > 0 ? arch.label() : arch.label() + "/" + patchSize;
  }

  private int grid() {
    Shape positions = WeightShapes.of(weights, POSITIONS, 3);
    long grid = Math.round(Math.sqrt(positions.get(1) - 1.0));
    checkArgument(
        grid >= 1 && grid * grid == positions.get(1) - 1,
        "%s is %s; expected [1, 1 + n·n, features], one class token and a square grid",
        POSITIONS,
        positions);
    return (int) grid;
  }

  /** A head's features are four times the periods. */
  private int heads(int embedDim) {
    long headDim = 4 * WeightShapes.of(weights, PERIODS, 1).get(0);
    checkArgument(
        embedDim % headDim == 0,
        "%s is for heads of %s features, of which %s are no multiple",
        PERIODS,
        headDim,
        embedDim);
    return (int) (embedDim / headDim);
  }

  private VitOptions options(int embedDim) {
    boolean rotary = weights.containsKey(PERIODS);
    Shape registers = weights.get(rotary ? "storage_tokens" : "register_tokens");
    int count = registers == null ? 0 : (int) registers(registers);
    Positions learned = count > 0 ? Positions.ANTIALIASED : Positions.LEARNED;
    return new VitOptions(
        isConvolutional() ? Stem.CONVOLUTIONAL : Stem.LINEAR,
        count,
        weights.containsKey(BLOCK + "ls1.gamma") ? 1e-5 : 0,
        ffn(),
        ffnDim(embedDim),
        rotary ? Positions.ROPE : learned,
        qkvBias(),
        finalNorms(),
        weights.containsKey("mask_token") ? MaskToken.HELD : MaskToken.ON_DEMAND,
        rotary ? 1e-5f : 1e-6f);
  }

  private static long registers(Shape shape) {
    checkArgument(
        shape.numDimensions() == 3 && shape.get(1) >= 1,
        "the register tokens are %s; expected [1, registers, features]",
        shape);
    return shape.get(1);
  }

  private Ffn ffn() {
    if (weights.containsKey(BLOCK + "mlp.w12.weight")) {
      return Ffn.SWIGLU_FUSED;
    }
    return weights.containsKey(BLOCK + "mlp.w1.weight") ? Ffn.SWIGLU : Ffn.MLP;
  }

  private int ffnDim(int embedDim) {
    return switch (ffn()) {
      case MLP ->
          weights.containsKey(BLOCK + "mlp.fc1.weight")
              ? rows("mlp.fc1.weight")
              : 4 * embedDim; // loading says that it is missing
      case SWIGLU -> rows("mlp.w1.weight");
      case SWIGLU_FUSED -> rows("mlp.w12.weight") / 2;
    };
  }

  private int rows(String name) {
    return (int) WeightShapes.of(weights, BLOCK + name, 2).get(0);
  }

  private QkvBias qkvBias() {
    if (weights.containsKey(BLOCK + "attn.qkv.bias_mask")) {
      return QkvBias.MASKED;
    }
    boolean without =
        weights.containsKey(BLOCK + "attn.qkv.weight")
            && !weights.containsKey(BLOCK + "attn.qkv.bias");
    return without ? QkvBias.NONE : QkvBias.FULL;
  }

  private FinalNorms finalNorms() {
    boolean local = weights.containsKey("local_cls_norm.weight");
    if (weights.containsKey("cls_norm.weight")) {
      return local ? FinalNorms.UNTIED_LOCAL : FinalNorms.UNTIED;
    }
    return local ? FinalNorms.LOCAL : FinalNorms.ONE;
  }

  /** Whether these are the published network of that name, held mask token or not. */
  private static boolean isOf(
      VitArch arch, int patchSize, int embedDim, int depth, VitOptions options) {
    boolean sizes =
        (arch.patchSize() == 0 || arch.patchSize() == patchSize)
            && arch.embedDim() == embedDim
            && arch.depth() == depth;
    boolean plainWithMask =
        arch.release() == Release.DINO && options.maskToken() != arch.maskToken();
    return sizes
        && !plainWithMask
        && options.stem() == Stem.LINEAR
        && arch.registers() == options.registers()
        && (arch.layerScale() > 0) == (options.layerScale() > 0)
        && arch.ffn() == options.ffn()
        && arch.ffnDim(arch.ffn(), embedDim) == options.ffnDim()
        && arch.positions() == options.positions()
        && arch.qkvBias() == options.qkvBias()
        && (arch.finalNorms() == options.finalNorms() || isAerial(arch, options));
  }

  /** DINOv3's ViT-L for aerial pictures alone has a second norm for class tokens beside a bias. */
  private static boolean isAerial(VitArch arch, VitOptions options) {
    return arch.release() == Release.DINOV3 && options.finalNorms() == FinalNorms.LOCAL;
  }

  /** The plain network of that width, or the small one. */
  private static String nearest(int embedDim) {
    return VitArch.ALL.entrySet().stream()
        .filter(entry -> entry.getValue().release() == Release.DINO)
        .filter(entry -> entry.getValue().embedDim() == embedDim)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("vit_small");
  }

  private static Map<String, Object> differences(
      VitArch arch, int patchSize, int embedDim, int depth, VitOptions options) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("patch_size", patchSize);
    settings.put("embed_dim", embedDim == arch.embedDim() ? 0 : embedDim);
    settings.put("depth", depth == arch.depth() ? 0 : depth);
    put(settings, "stem", text(options.stem()), text(Stem.LINEAR));
    put(settings, "registers", options.registers(), arch.registers());
    put(settings, "layer_scale", options.layerScale(), arch.layerScale());
    put(settings, "ffn", text(options.ffn()), text(arch.ffn()));
    put(settings, "ffn_dim", options.ffnDim(), arch.ffnDim(options.ffn(), embedDim));
    put(settings, "positions", text(options.positions()), text(arch.positions()));
    put(settings, "qkv_bias", text(options.qkvBias()), text(arch.qkvBias()));
    put(settings, "final_norms", text(options.finalNorms()), text(arch.finalNorms()));
    put(settings, "mask_token", text(options.maskToken()), text(arch.maskToken()));
    if (options.normEpsilon() != arch.normEpsilon()) {
      settings.put("norm_epsilon", Double.valueOf(Float.toString(options.normEpsilon())));
    }
    return settings;
  }

  private static void put(Map<String, Object> settings, String key, Object value, Object own) {
    if (!value.equals(own)) {
      settings.put(key, value);
    }
  }

  private static String text(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** How the published evaluation shows pictures to a network, by the names of settings. */
  private static ImmutableMap<String, Object> pictures(
      Optional<VitArch> published, int imageSize, VitOptions options) {
    ImmutableMap.Builder<String, Object> settings = ImmutableMap.builder();
    if (options.positions() == Positions.ROPE) {
      settings.put("global_crops_size", imageSize);
      settings.put("eval_crop_size", imageSize).put("eval_resize_size", imageSize);
      settings.put("eval_fit", "squash").put("eval_interpolation", "bilinear");
      if (options.finalNorms() == FinalNorms.LOCAL && options.qkvBias() == QkvBias.MASKED) {
        settings.putAll(BackboneFamily.AERIAL);
      }
    } else if (published.isPresent() && published.get().release() == Release.DINOV2) {
      settings.put("eval_crop_size", 224).put("eval_resize_size", 256); // trained at 518
    }
    return settings.buildOrThrow();
  }
}
