package org.dinojvm.train.optimizer;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;
import static org.dinojvm.settings.Rules.within;

import org.dinojvm.model.Backbone;
import org.dinojvm.settings.Setting;

/** Which of a Vision Transformer's layers are trained, and how fast: for going on from weights. */
public record LayerSettings(
    @Setting(
            value = "1",
            doc =
                "Learning rate of a ViT's block as a share of the next one's; the embedding's"
                    + " follows that of the first. 1 for one rate, less for going on from trained"
                    + " weights, e.g. 0.9.",
            source = "dinov2, layerwise_decay, with 0.9")
        double layerDecay,
    @Setting(
            value = "1",
            doc = "Learning rate of a ViT's patch embedding, as a share of what it would be.",
            source = "dinov2, patch_embed_lr_mult, with 0.2")
        double patchEmbedLrMult,
    @Setting(
            value = "0",
            unit = "blocks",
            doc =
                "So many of a ViT's first blocks, and the embedding before them, stay as they are;"
                    + " 0 to train all.",
            source = "dino-jvm")
        int freezeBlocks) {

  /** All layers at one rate. */
  public static final LayerSettings ALL_ALIKE = new LayerSettings(1, 1, 0);

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public LayerSettings {
    require(
        layerDecay > 0 && layerDecay <= 1, "layer_decay", layerDecay, "must be over 0, at most 1");
    atLeast("patch_embed_lr_mult", patchEmbedLrMult, 0);
    atLeast("freeze_blocks", freezeBlocks, 0);
  }

  /**
   * Checks them against the network.
   *
   * @throws IllegalArgumentException if it has no blocks in order, or fewer
   */
  public void validate(Backbone backbone) {
    boolean ordered = backbone.blocks() > 0;
    String rule = "is for Vision Transformers, whose blocks stand in order; leave it out";
    require(ordered || layerDecay == 1, "layer_decay", layerDecay, rule);
    require(ordered || patchEmbedLrMult == 1, "patch_embed_lr_mult", patchEmbedLrMult, rule);
    require(ordered || freezeBlocks == 0, "freeze_blocks", freezeBlocks, rule);
    if (ordered) {
      within("freeze_blocks", freezeBlocks, "depth", backbone.blocks());
    }
  }

  /** These settings for a network's weights. */
  public LayerRates of(Backbone backbone) {
    return new LayerRates(this, backbone);
  }
}
