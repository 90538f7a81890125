package org.dinojvm.model.family;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.multipleOf;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.VisionTransformer;
import org.tensorflow.ndarray.Shape;

/** Vision Transformers as in the paper (Caron et al. 2021, table 1) and in DeiT. */
public final class VisionTransformers implements BackboneFamily {

  /** Width, depth and attention heads. */
  private record Size(int embedDim, int depth, int numHeads) {}

  private static final ImmutableMap<String, Size> SIZES =
      ImmutableMap.of(
          "vit_tiny", new Size(192, 12, 3),
          "vit_small", new Size(384, 12, 6),
          "vit_base", new Size(768, 12, 12));

  private static final String PATCHES = "patch_embed.proj.weight";
  private static final String POSITIONS = "pos_embed";

  @Override
  public String name() {
    return "vit";
  }

  @Override
  public ImmutableMap<String, String> archs() {
    ImmutableMap.Builder<String, String> names = ImmutableMap.builder();
    SIZES.keySet().forEach(arch -> names.put(arch, arch));
    return names.put("deit_tiny", "vit_tiny").put("deit_small", "vit_small").buildOrThrow();
  }

  @Override
  public void validate(BackboneSettings settings) {
    Size size = size(settings);
    multipleOf("embed_dim", size.embedDim, "num_heads", size.numHeads);
  }

  @Override
  public int stride(BackboneSettings settings) {
    return settings.patchSize();
  }

  @Override
  public boolean canRecompute() {
    return true;
  }

  @Override
  public VisionTransformer create(BackboneSettings settings, int imageSize) {
    Size size = size(settings);
    return new VisionTransformer(
        settings.patchSize(), size.embedDim, size.depth, size.numHeads, imageSize);
  }

  @Override
  public ImmutableMap<String, Integer> facts(BackboneSettings settings) {
    Size size = size(settings);
    return ImmutableMap.of(
        "patch_size", settings.patchSize(), "blocks", size.depth, "heads", size.numHeads);
  }

  /** The architecture's size, and what the settings say instead. */
  private static Size size(BackboneSettings settings) {
    Size published = SIZES.get(settings.arch());
    return new Size(
        orElse(settings.embedDim(), published.embedDim),
        orElse(settings.depth(), published.depth),
        orElse(settings.numHeads(), published.numHeads));
  }

  private static int orElse(int value, int ifZero) {
    return value == 0 ? ifZero : value;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The number of heads is not in the weights: it cuts one and the same matrix into more or
   * fewer pieces.
   */
  @Override
  public Optional<Recognized> recognize(Map<String, Shape> weights) {
    if (!weights.containsKey(PATCHES)) {
      return Optional.empty();
    }
    Shape patches = WeightShapes.of(weights, PATCHES, 4);
    checkArgument(
        patches.get(1) == 3 && patches.get(2) == patches.get(3),
        "%s is %s; expected [features, 3, patch, patch]",
        PATCHES,
        patches);
    Shape positions = WeightShapes.of(weights, POSITIONS, 3);
    long grid = Math.round(Math.sqrt(positions.get(1) - 1.0));
    checkArgument(
        grid >= 1 && grid * grid == positions.get(1) - 1,
        "%s is %s; expected [1, 1 + n·n, features], one class token and a square grid",
        POSITIONS,
        positions);
    int patchSize = (int) patches.get(2);
    int embedDim = (int) patches.get(0);
    int depth = WeightShapes.countAll(weights, "blocks");
    return Optional.of(
        new Recognized(
            settings(patchSize, embedDim, depth), embedDim, (int) grid * patchSize, true));
  }

  private static ImmutableMap<String, Object> settings(int patchSize, int embedDim, int depth) {
    String arch =
        SIZES.entrySet().stream()
            .filter(entry -> entry.getValue().embedDim == embedDim)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse("vit_small");
    Size published = SIZES.get(arch);
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("arch", arch);
    settings.put("patch_size", patchSize);
    settings.put("embed_dim", embedDim == published.embedDim ? 0 : embedDim);
    settings.put("depth", depth == published.depth ? 0 : depth);
    return ImmutableMap.copyOf(settings);
  }
}
