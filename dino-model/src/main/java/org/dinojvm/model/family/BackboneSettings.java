package org.dinojvm.model.family;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.Maps;
import java.util.Map;
import org.dinojvm.model.Backbone;
import org.dinojvm.settings.Setting;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;

/**
 * Which backbone, and how it differs from the published one of that name.
 *
 * @param arch name of an architecture, see {@link Backbones}
 * @param patchSize side of a patch in pixels
 * @param embedDim number of features; 0 for the architecture's own
 * @param depth number of blocks; 0 for the architecture's own
 * @param numHeads attention heads of a block; 0 for the architecture's own
 * @param dropPathRate stochastic depth of the student's last block
 * @param vit what else a Vision Transformer may have, for other networks without meaning
 */
public record BackboneSettings(
    @Setting(
            value = "vit_small",
            doc = "The backbone. For quick experiments use vit_tiny or vit_small.",
            choices = Backbones.class)
        String arch,
    @Setting(
            value = "16",
            unit = "pixels",
            doc =
                "Side of a ViT's square patches. Smaller ones give better features and cost more.")
        int patchSize,
    @Setting(
            value = "0",
            unit = "features",
            doc =
                "Width of a ViT, for networks other than the published ones; 0 for the arch's own.",
            source = "dino-jvm")
        int embedDim,
    @Setting(
            value = "0",
            unit = "blocks",
            doc = "Blocks of a ViT; 0 for the arch's own.",
            source = "dino-jvm")
        int depth,
    @Setting(
            value = "0",
            unit = "heads",
            doc = "Attention heads of a ViT's block; 0 for the arch's own.",
            source = "dino-jvm")
        int numHeads,
    @Setting(
            value = "0.1",
            doc =
                "Stochastic depth of the student: rate of the last block, rising linearly from 0.")
        double dropPathRate,
    VitSettings vit) {

  /**
   * Checks each value by itself, then lets the architecture's family check them together.
   *
   * @throws IllegalArgumentException for the first rule that is broken
   */
  public BackboneSettings {
    atLeast("patch_size", patchSize, 1);
    atLeast("embed_dim", embedDim, 0);
    atLeast("depth", depth, 0);
    atLeast("num_heads", numHeads, 0);
    require(
        dropPathRate >= 0 && dropPathRate < 1,
        "drop_path_rate",
        dropPathRate,
        "must be at least 0 and less than 1");
  }

  private static final Settings<BackboneSettings> SETTINGS = Settings.of(BackboneSettings.class);

  /** The defaults with some settings replaced, by key. */
  public static BackboneSettings of(Map<String, ?> settings) {
    Map<String, String> texts = Maps.transformValues(settings, SettingKey::text);
    return SETTINGS.with(SETTINGS.defaults(), SETTINGS.parse(texts, "in the program"));
  }

  /** The architecture's family. */
  public BackboneFamily family() {
    return Backbones.family(arch);
  }

  /**
   * The network.
   *
   * @param imageSize side in pixels of the square pictures that it is laid out for
   */
  public Backbone create(int imageSize) {
    return family().create(this, imageSize);
  }

  /** The network in a word, e.g. {@code vit_small/16}. */
  public String label() {
    int stride = family().stride(this);
    return stride == 1 || arch.contains(Integer.toString(stride)) ? arch : arch + "/" + stride;
  }
}
