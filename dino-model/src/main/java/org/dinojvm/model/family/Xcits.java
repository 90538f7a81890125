package org.dinojvm.model.family;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.multipleOf;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.xcit.Xcit;
import org.tensorflow.ndarray.Shape;

/** XCiT in its published sizes, each for patches of 16 and of 8 pixels (published xcit.py). */
public final class Xcits implements BackboneFamily {

  /** What tells one published network from another but the patch. */
  private record Size(int embedDim, int depth, int numHeads, boolean tokensNorm, double eta) {}

  private static final ImmutableMap<String, Size> SIZES =
      ImmutableMap.<String, Size>builder()
          .put("xcit_nano_12", new Size(128, 12, 4, false, 1))
          .put("xcit_tiny_12", new Size(192, 12, 4, true, 1))
          .put("xcit_small_12", new Size(384, 12, 8, true, 1))
          .put("xcit_tiny_24", new Size(192, 24, 4, true, 1e-5))
          .put("xcit_small_24", new Size(384, 24, 8, true, 1e-5))
          .put("xcit_medium_24", new Size(512, 24, 8, true, 1e-5))
          .put("xcit_large_24", new Size(768, 24, 16, true, 1e-5))
          .buildOrThrow();

  /** What networks of no published size are named after. */
  private static final String USUAL = "xcit_small_12";

  private static final String PATCH = "_p";
  private static final int LARGE_PATCH = 16;
  private static final int SMALL_PATCH = 8;

  private static final String FIRST_CONVOLUTION = "patch_embed.proj.0.0.weight";
  private static final String FOURTH_CONVOLUTION = "patch_embed.proj.6.0.weight";
  private static final String TEMPERATURE = "blocks.0.attn.temperature";

  @Override
  public String name() {
    return "xcit";
  }

  @Override
  public ImmutableMap<String, String> archs() {
    ImmutableMap.Builder<String, String> names = ImmutableMap.builder();
    for (String size : SIZES.keySet()) {
      for (int patch : new int[] {LARGE_PATCH, SMALL_PATCH}) {
        names.put(size + PATCH + patch, size + PATCH + patch);
      }
    }
    return names.buildOrThrow();
  }

  @Override
  public void validate(BackboneSettings settings) {
    int patch = patchSize(settings.arch());
    require(
        settings.patchSize() == patch || settings.patchSize() == LARGE_PATCH,
        "patch_size",
        settings.patchSize(),
        "is in the name of an XCiT, that of %s is %s; leave it, and choose the arch"
            .formatted(settings.arch(), patch));
    Size size = size(settings);
    multipleOf("embed_dim", size.embedDim, "num_heads", size.numHeads);
    require(
        size.embedDim % 8 == 0,
        "embed_dim",
        size.embedDim,
        "must be a multiple of 8 for an XCiT, whose first convolution has an eighth of it");
  }

  @Override
  public Xcit create(BackboneSettings settings, int imageSize) {
    Size size = size(settings);
    return new Xcit(
        patchSize(settings.arch()),
        size.embedDim,
        size.depth,
        size.numHeads,
        size.tokensNorm,
        size.eta);
  }

  @Override
  public ImmutableMap<String, Integer> facts(BackboneSettings settings) {
    Size size = size(settings);
    return ImmutableMap.of(
        "patch_size", patchSize(settings.arch()), "blocks", size.depth, "heads", size.numHeads);
  }

  private static int patchSize(String arch) {
    return Integer.parseInt(arch.substring(arch.lastIndexOf(PATCH) + PATCH.length()));
  }

  /** The architecture's size, and what the settings say instead. */
  private static Size size(BackboneSettings settings) {
    String arch = settings.arch();
    Size published = SIZES.get(arch.substring(0, arch.lastIndexOf(PATCH)));
    return new Size(
        orElse(settings.embedDim(), published.embedDim),
        orElse(settings.depth(), published.depth),
        orElse(settings.numHeads(), published.numHeads),
        published.tokensNorm,
        published.eta);
  }

  private static int orElse(int value, int ifZero) {
    return value == 0 ? ifZero : value;
  }

  @Override
  public Optional<Recognized> recognize(Map<String, Shape> weights) {
    if (!weights.containsKey(FIRST_CONVOLUTION) || !weights.containsKey(TEMPERATURE)) {
      return Optional.empty();
    }
    int embedDim = (int) WeightShapes.of(weights, "norm.weight", 1).get(0);
    int heads = (int) WeightShapes.of(weights, TEMPERATURE, 3).get(0);
    int depth = WeightShapes.countAll(weights, "blocks");
    int classBlocks = WeightShapes.countAll(weights, "cls_attn_blocks");
    checkArgument(
        classBlocks == Xcit.CLASS_BLOCKS,
        "an XCiT with %s class attention blocks (cls_attn_blocks.*); %s are expected",
        classBlocks,
        Xcit.CLASS_BLOCKS);
    int patch = weights.containsKey(FOURTH_CONVOLUTION) ? LARGE_PATCH : SMALL_PATCH;
    ImmutableMap<String, Object> settings = settings(embedDim, depth, heads, patch);
    boolean published = settings.values().stream().filter(Integer.valueOf(0)::equals).count() == 3;
    return Optional.of(
        new Recognized(settings, embedDim, 0, false)
            .named(published ? "XCiT " + settings.get("arch") : ""));
  }

  private static ImmutableMap<String, Object> settings(
      int embedDim, int depth, int heads, int patch) {
    String size =
        SIZES.entrySet().stream()
            .filter(entry -> isOf(entry.getValue(), embedDim, depth, heads))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(USUAL);
    Size published = SIZES.get(size);
    return ImmutableMap.of(
        "arch",
        size + PATCH + patch,
        "embed_dim",
        embedDim == published.embedDim ? 0 : embedDim,
        "depth",
        depth == published.depth ? 0 : depth,
        "num_heads",
        heads == published.numHeads ? 0 : heads);
  }

  private static boolean isOf(Size size, int embedDim, int depth, int heads) {
    return size.embedDim == embedDim && size.depth == depth && size.numHeads == heads;
  }
}
