package org.dinojvm.train.objective;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/** Settings that several methods' publications have in common, by key. */
final class Defaults {

  /** The family of backbones for which most methods were published. */
  private static final String RESNET = "resnet";

  /** Two views, no local crops, no clipping, no stochastic depth, a rate that falls to 0. */
  private static final ImmutableMap<String, String> TWO_VIEWS =
      ImmutableMap.<String, String>builder()
          .put("local_crops_number", "0")
          .put("global_crops_scale", "0.08 1.0")
          .put("clip_grad", "0")
          .put("drop_path_rate", "0")
          .put("min_lr", "0")
          .put("warmup_end", "exclusive")
          .buildOrThrow();

  /**
   * For backbones that the publication does not tell of: AdamW at DINO's rate, and decay 0.1 on all
   * weights as in solo-learn's recipe for ViTs (scripts/pretrain/imagenet-100/mocov3_vit.yaml).
   */
  private static final ImmutableMap<String, String> ADAMW =
      ImmutableMap.of(
          "optimizer", "adamw",
          "lr", "0.0005",
          "weight_decay", "0.1",
          "weight_decay_end", "0.1",
          "decay_all", "true");

  private Defaults() {}

  /** Two views and a method's own settings. */
  static ImmutableMap<String, String> twoViews(Map<String, String> own) {
    return together(TWO_VIEWS, own);
  }

  /** An optimizer that was published for ResNets, and AdamW for other families. */
  static ImmutableMap<String, String> forResNets(String family, Map<String, String> optimizer) {
    return family.equals(RESNET) ? ImmutableMap.copyOf(optimizer) : ADAMW;
  }

  /** A masked method's, of which a ViT's teacher holds the mask token, too. */
  static ImmutableMap<String, String> masked(String family, Map<String, String> own) {
    return family.equals("vit")
        ? together(own, ImmutableMap.of("mask_token", "held"))
        : ImmutableMap.copyOf(own);
  }

  /** LARS at a rate for 256 pictures and a constant decay. */
  static ImmutableMap<String, String> lars(String lr, String decay) {
    return ImmutableMap.of(
        "optimizer", "lars", "lr", lr, "weight_decay", decay, "weight_decay_end", decay);
  }

  /** All of them; the later ones count. */
  @SafeVarargs
  static ImmutableMap<String, String> together(Map<String, String>... groups) {
    ImmutableMap.Builder<String, String> all = ImmutableMap.builder();
    for (Map<String, String> group : groups) {
      all.putAll(group);
    }
    return all.buildKeepingLast();
  }
}
