package org.dinojvm.train.optimizer;

import org.dinojvm.model.Backbone;

/**
 * The learning rate of each weight as a share of the step's (published {@code
 * get_vit_lr_decay_rate} of DINOv2, after BEiT): d^(L + 1 − l) in layer l of L blocks. The head and
 * what follows the last block have 1.
 *
 * @param settings d and what else there is to know
 * @param backbone tells l
 */
public record LayerRates(LayerSettings settings, Backbone backbone) {

  private static final String BACKBONE = "backbone.";
  private static final String PATCH_EMBEDDING = "patch_embed.";

  /**
   * What a weight's rate is multiplied by.
   *
   * @param weight its name below {@code student.}
   */
  public double share(String weight) {
    if (!weight.startsWith(BACKBONE)) {
      return 1;
    }
    String name = weight.substring(BACKBONE.length());
    double decayed =
        Math.pow(settings.layerDecay(), backbone.blocks() + 1 - backbone.layerOf(name));
    return name.startsWith(PATCH_EMBEDDING) ? decayed * settings.patchEmbedLrMult() : decayed;
  }

  /**
   * Whether a weight stays as it is.
   *
   * @param weight its name below {@code student.}
   */
  public boolean frozen(String weight) {
    return settings.freezeBlocks() > 0
        && weight.startsWith(BACKBONE)
        && backbone.layerOf(weight.substring(BACKBONE.length())) <= settings.freezeBlocks();
  }
}
