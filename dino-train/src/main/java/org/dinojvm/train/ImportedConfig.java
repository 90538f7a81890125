package org.dinojvm.train;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.weights.NetworkShape;
import org.dinojvm.weights.NetworkShape.Backbone;
import org.dinojvm.weights.NetworkShape.Head;
import org.dinojvm.weights.NetworkShape.ResNet;
import org.dinojvm.weights.NetworkShape.Vit;
import org.dinojvm.weights.WeightFile;

/**
 * The settings of a network that was trained elsewhere: what its weights tell, what the file says
 * beside them, and what the user says, the later overriding the earlier.
 */
public final class ImportedConfig {

  /** Width of an attention head in every published network (Dosovitskiy et al. 2021, table 1). */
  private static final int HEAD_DIM = 64;

  /** The published evaluation resizes to 256 and crops 224 (eval_knn.py). */
  private static final double RESIZE_TO_CROP = 256.0 / 224;

  /** The settings that weights do not tell and that features depend on. */
  public static final ImmutableSet<String> TOLD =
      ImmutableSet.of("num_heads", "eval_crop_size", "eval_resize_size", "eval_fit", "mean", "std");

  private ImportedConfig() {}

  /**
   * The configuration of the network in a file.
   *
   * @param told settings that the user gives, by key: some of {@link #TOLD}
   * @throws IllegalArgumentException if the network is not known here, or its number of heads
   */
  public static TrainConfig of(WeightFile file, Map<String, String> told) {
    NetworkShape shape = NetworkShape.of(file.weights());
    Map<String, Object> settings = new LinkedHashMap<>(backboneSettings(shape.backbone()));
    shape.head().ifPresent(head -> settings.putAll(headSettings(head)));
    if (shape.backbone() instanceof Vit vit) {
      settings.putAll(pictureSettings(vit.imageSize()));
      settings.put("num_heads", heads(vit, file.settings(), told));
      settings.put("local_crops_number", 0); // nothing says which; none fit any patch
    }
    settings.putAll(Maps.filterKeys(file.settings(), TOLD::contains));
    settings.putAll(told);
    return TrainConfig.defaults().with(settings);
  }

  /** The settings that make a backbone of this shape, but for the number of heads. */
  static ImmutableMap<String, Object> backboneSettings(Backbone backbone) {
    if (backbone instanceof ResNet resNet) {
      return ImmutableMap.of("arch", "resnet" + resNet.layers());
    }
    Vit vit = (Vit) backbone;
    Arch arch = archOfWidth(vit.embedDim()).orElse(Arch.VIT_SMALL);
    return ImmutableMap.of(
        "arch",
        arch.key(),
        "patch_size",
        vit.patchSize(),
        "embed_dim",
        vit.embedDim() == arch.embedDim() ? 0 : vit.embedDim(),
        "depth",
        vit.depth() == arch.depth() ? 0 : vit.depth());
  }

  private static ImmutableMap<String, Object> headSettings(Head head) {
    return ImmutableMap.of(
        "head_hidden_dim", head.hiddenDim(),
        "head_bottleneck_dim", head.bottleneckDim(),
        "out_dim", head.outDim(),
        "use_bn_in_head", head.batchNorm());
  }

  private static ImmutableMap<String, Object> pictureSettings(int imageSize) {
    return ImmutableMap.of(
        "global_crops_size", imageSize,
        "eval_crop_size", imageSize,
        "eval_resize_size", (int) Math.round(imageSize * RESIZE_TO_CROP));
  }

  private static Optional<Arch> archOfWidth(int embedDim) {
    for (Arch arch : Arch.values()) {
      if (arch.isVit() && arch.embedDim() == embedDim) {
        return Optional.of(arch);
      }
    }
    return Optional.empty();
  }

  private static Object heads(Vit vit, Map<String, String> said, Map<String, String> told) {
    String heads = told.getOrDefault("num_heads", said.get("num_heads"));
    checkArgument(
        heads != null || vit.embedDim() % HEAD_DIM == 0,
        "weights do not tell the number of attention heads, and %s features are no multiple of the"
            + " usual %s a head: give --num_heads",
        vit.embedDim(),
        HEAD_DIM);
    return heads == null ? vit.embedDim() / HEAD_DIM : heads;
  }
}
