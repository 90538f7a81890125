package org.dinojvm.model.family;

import static org.dinojvm.settings.Rules.multipleOf;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.VitOptions;
import org.tensorflow.ndarray.Shape;

/** Vision Transformers of DINO (Caron et al. 2021, table 1), DeiT, iBOT, DINOv2 and DINOv3. */
public final class VisionTransformers implements BackboneFamily {

  /** The default of the setting, which also stands for an architecture's own patch. */
  private static final int DEFAULT_PATCH = 16;

  @Override
  public String name() {
    return "vit";
  }

  @Override
  public ImmutableMap<String, String> archs() {
    ImmutableMap.Builder<String, String> names = ImmutableMap.builder();
    VitArch.ALL.keySet().forEach(arch -> names.put(arch, arch));
    return names.put("deit_tiny", "vit_tiny").put("deit_small", "vit_small").buildOrThrow();
  }

  @Override
  public void validate(BackboneSettings settings) {
    VitArch arch = VitArch.ALL.get(settings.arch());
    int heads = heads(settings);
    multipleOf("embed_dim", embedDim(settings), "num_heads", heads);
    require(
        arch.patchSize() == 0
            || settings.patchSize() == arch.patchSize()
            || settings.patchSize() == DEFAULT_PATCH,
        "patch_size",
        settings.patchSize(),
        "is %d by the name %s; leave it out, or choose vit_small with options"
            .formatted(arch.patchSize(), settings.arch()));
    if (options(settings).stem() == VitOptions.Stem.CONVOLUTIONAL) {
      validateStem(stride(settings), embedDim(settings));
    }
    boolean turnable = embedDim(settings) / heads % 4 == 0;
    require(
        turnable || options(settings).positions() != VitOptions.Positions.ROPE,
        "num_heads",
        heads,
        "must give heads a multiple of 4 features, which rotary positions take together; there are "
            + embedDim(settings));
  }

  private static void validateStem(int patchSize, int embedDim) {
    require(
        patchSize >= 2 && Integer.bitCount(patchSize) == 1,
        "patch_size",
        patchSize,
        "must be 2, 4, 8, 16 or another power of 2 for a convolutional stem, or choose stem linear");
    multipleOf("embed_dim", embedDim, "half the patch_size", patchSize / 2);
  }

  @Override
  public int stride(BackboneSettings settings) {
    int own = VitArch.ALL.get(settings.arch()).patchSize();
    return own == 0 ? settings.patchSize() : own;
  }

  @Override
  public boolean canRecompute() {
    return true;
  }

  @Override
  public VisionTransformer create(BackboneSettings settings, int imageSize) {
    return new VisionTransformer(
        stride(settings),
        embedDim(settings),
        depth(settings),
        heads(settings),
        imageSize,
        options(settings));
  }

  @Override
  public ImmutableMap<String, Integer> facts(BackboneSettings settings) {
    ImmutableMap.Builder<String, Integer> facts = ImmutableMap.builder();
    facts.put("patch_size", stride(settings));
    facts.put("blocks", depth(settings)).put("heads", heads(settings));
    int registers = options(settings).registers();
    if (registers > 0) {
      facts.put("registers", registers);
    }
    return facts.buildOrThrow();
  }

  private static int embedDim(BackboneSettings settings) {
    return orElse(settings.embedDim(), VitArch.ALL.get(settings.arch()).embedDim());
  }

  private static int depth(BackboneSettings settings) {
    return orElse(settings.depth(), VitArch.ALL.get(settings.arch()).depth());
  }

  private static int heads(BackboneSettings settings) {
    return orElse(settings.numHeads(), VitArch.ALL.get(settings.arch()).numHeads());
  }

  private static VitOptions options(BackboneSettings settings) {
    return settings.vit().over(VitArch.ALL.get(settings.arch()), embedDim(settings));
  }

  private static int orElse(int value, int ifZero) {
    return value == 0 ? ifZero : value;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The number of heads is not in the weights, but where rotary positions tell it: it cuts one
   * and the same matrix into more or fewer pieces.
   */
  @Override
  public Optional<Recognized> recognize(Map<String, Shape> weights) {
    VitWeights vit = new VitWeights(weights);
    return vit.isVisionTransformer() ? Optional.of(vit.recognized()) : Optional.empty();
  }
}
