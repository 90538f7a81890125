package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.model.family.BackboneFamily.Recognized;
import org.dinojvm.weights.network.NetworkShape;
import org.dinojvm.weights.network.NetworkShape.Head;
import org.dinojvm.weights.network.WeightFile;

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
      ImmutableSet.of(
          "num_heads",
          "eval_crop_size",
          "eval_resize_size",
          "eval_fit",
          "eval_interpolation",
          "mean",
          "std");

  private ImportedConfig() {}

  /**
   * The configuration of the network in a file.
   *
   * @param told settings that the user gives, by key: some of {@link #TOLD}
   * @throws IllegalArgumentException if the network is not known here, or its number of heads
   */
  public static ModelConfig of(WeightFile file, Map<String, String> told) {
    Map<String, Object> settings = new LinkedHashMap<>(settings(file, told));
    if (settings.containsKey("global_crops_size")) {
      settings.put("local_crops_number", 0); // nothing says which; none fit any patch
    }
    return ModelConfig.of(settings);
  }

  /**
   * The settings that make up the network in a file and say how it is shown pictures, by key; those
   * that have their default are left out.
   *
   * @param told settings that the user gives, by key: some of {@link #TOLD}
   * @throws IllegalArgumentException if the network is not known here, or its number of heads
   */
  public static ImmutableMap<String, Object> settings(WeightFile file, Map<String, String> told) {
    NetworkShape shape = NetworkShape.of(file.weights());
    Recognized backbone = shape.backbone();
    Map<String, Object> settings = new LinkedHashMap<>(backbone.settings());
    shape.head().ifPresent(head -> settings.putAll(headSettings(head)));
    if (backbone.imageSize() > 0) {
      settings.putAll(pictureSettings(backbone.imageSize()));
    }
    settings.putAll(backbone.pictures());
    if (backbone.hasHeads()) {
      settings.put("num_heads", heads(backbone, file.settings(), told));
    }
    settings.putAll(Maps.filterKeys(file.settings(), TOLD::contains));
    settings.putAll(told);
    return ImmutableMap.copyOf(settings);
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

  private static Object heads(
      Recognized backbone, Map<String, String> said, Map<String, String> told) {
    String heads = told.getOrDefault("num_heads", said.get("num_heads"));
    checkArgument(
        heads != null || backbone.embedDim() % HEAD_DIM == 0,
        "weights do not tell the number of attention heads, and %s features are no multiple of the"
            + " usual %s a head: give --num_heads",
        backbone.embedDim(),
        HEAD_DIM);
    return heads == null ? backbone.embedDim() / HEAD_DIM : heads;
  }
}
