package org.dinojvm.model.family;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dinojvm.model.convolution.ConvNext;
import org.tensorflow.ndarray.Shape;

/** ConvNeXt in the sizes that DINOv3 distilled (published convnext.py). */
public final class ConvNexts implements BackboneFamily {

  /** Blocks of each stage, and features of the last; each stage before has half of the next's. */
  private record Size(ImmutableList<Integer> depths, int embedDim) {

    ImmutableList<Integer> dims() {
      return ImmutableList.of(embedDim / 8, embedDim / 4, embedDim / 2, embedDim);
    }
  }

  private static final ImmutableMap<String, Size> SIZES =
      ImmutableMap.of(
          "dinov3_convnext_tiny", new Size(ImmutableList.of(3, 3, 9, 3), 768),
          "dinov3_convnext_small", new Size(ImmutableList.of(3, 3, 27, 3), 768),
          "dinov3_convnext_base", new Size(ImmutableList.of(3, 3, 27, 3), 1024),
          "dinov3_convnext_large", new Size(ImmutableList.of(3, 3, 27, 3), 1536));

  private static final String PREFIX = "dinov3_convnext_";
  private static final double LAYER_SCALE = 1e-6;

  /** How the published evaluation shows pictures (published hubconf.py, make_transform). */
  private static final ImmutableMap<String, Object> PICTURES =
      ImmutableMap.of(
          "eval_crop_size",
          256,
          "eval_resize_size",
          256,
          "eval_fit",
          "squash",
          "eval_interpolation",
          "bilinear");

  @Override
  public String name() {
    return "convnext";
  }

  @Override
  public ImmutableMap<String, String> archs() {
    return SIZES.keySet().stream().collect(ImmutableMap.toImmutableMap(arch -> arch, arch -> arch));
  }

  @Override
  public void validate(BackboneSettings settings) {
    String fixed = "is for transformers, " + settings.arch() + " has its own; leave it at 0";
    require(settings.depth() == 0, "depth", settings.depth(), fixed);
    require(settings.numHeads() == 0, "num_heads", settings.numHeads(), fixed);
    require(
        settings.embedDim() % 8 == 0,
        "embed_dim",
        settings.embedDim(),
        "must be a multiple of 8 for a ConvNeXt, whose first stage has an eighth of it");
  }

  @Override
  public ConvNext create(BackboneSettings settings, int imageSize) {
    checkArgument(
        imageSize == 0 || imageSize >= ConvNext.SMALLEST_PICTURE,
        "pictures of %s pixels; a ConvNeXt needs at least %s",
        imageSize,
        ConvNext.SMALLEST_PICTURE);
    Size published = SIZES.get(settings.arch());
    int embedDim = settings.embedDim() == 0 ? published.embedDim : settings.embedDim();
    return new ConvNext(published.depths, new Size(published.depths, embedDim).dims(), LAYER_SCALE);
  }

  @Override
  public ImmutableMap<String, Integer> facts(BackboneSettings settings) {
    return ImmutableMap.of(
        "blocks", SIZES.get(settings.arch()).depths.stream().mapToInt(Integer::intValue).sum());
  }

  @Override
  public Optional<Recognized> recognize(Map<String, Shape> weights) {
    if (!weights.containsKey("downsample_layers.0.0.weight")) {
      return Optional.empty();
    }
    ImmutableList<Integer> depths =
        IntStream.range(0, 4)
            .mapToObj(stage -> WeightShapes.countAll(weights, "stages." + stage))
            .collect(ImmutableList.toImmutableList());
    int embedDim = (int) WeightShapes.of(weights, "norm.weight", 1).get(0);
    String arch =
        SIZES.entrySet().stream()
            .filter(entry -> entry.getValue().equals(new Size(depths, embedDim)))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseGet(() -> ofDepths(depths));
    int width = SIZES.get(arch).embedDim == embedDim ? 0 : embedDim;
    return Optional.of(
        new Recognized(ImmutableMap.of("arch", arch, "embed_dim", width), embedDim, 0, false)
            .wanting(PICTURES)
            .named(width == 0 ? "DINOv3 ConvNeXt " + arch.substring(PREFIX.length()) : ""));
  }

  /** The first published network of these depths, whatever its width. */
  private static String ofDepths(ImmutableList<Integer> depths) {
    return SIZES.entrySet().stream()
        .filter(entry -> entry.getValue().depths.equals(depths))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a ConvNeXt with stages of %s blocks (stages.*); there are %s"
                        .formatted(depths, SIZES)));
  }
}
