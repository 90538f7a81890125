package org.dinojvm.train.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.family.BackboneSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Shares of a network of 3 blocks, by hand from DINOv2's get_params_groups_with_decay. */
class LayerRatesTest {

  private static final Backbone VIT =
      BackboneSettings.of(Map.of("arch", "dinov2_vits14_reg", "depth", 3)).create(28);

  @ParameterizedTest
  @CsvSource({
    "backbone.cls_token, 0.0625, true",
    "backbone.pos_embed, 0.0625, true",
    "backbone.register_tokens, 0.0625, true",
    "backbone.mask_token, 0.0625, true",
    "backbone.patch_embed.proj.kernel, 0.0125, true",
    "backbone.patch_embed.proj.bias, 0.0125, true",
    "backbone.blocks.0.attn.qkv.kernel, 0.125, true",
    "backbone.blocks.1.ls1.gamma, 0.25, true",
    "backbone.blocks.2.mlp.fc2.bias, 0.5, false",
    "backbone.norm.weight, 1, false",
    "head.mlp.0.kernel, 1, false",
    "head.last_layer.weight_v, 1, false",
  })
  void eachLayerHasItsShareOfTheRate(String weight, double share, boolean frozen) {
    LayerRates rates = new LayerSettings(0.5, 0.2, 2).of(VIT);
    assertEquals(share, rates.share(weight), 1e-15);
    assertEquals(frozen, rates.frozen(weight));
    assertEquals(1, LayerSettings.ALL_ALIKE.of(VIT).share(weight));
    assertEquals(false, LayerSettings.ALL_ALIKE.of(VIT).frozen(weight));
  }

  @Test
  void onlyBlocksThatAreThereCanBeFrozen() {
    assertEquals(
        "freeze_blocks = 4: must be between 0 and depth = 3; lower --freeze_blocks or raise"
            + " --depth",
        refusal(new LayerSettings(1, 1, 4), VIT));
    Backbone resNet = BackboneSettings.of(Map.of("arch", "resnet50")).create(64);
    assertEquals(
        "layer_decay = 0.9: is for Vision Transformers, whose blocks stand in order; leave it out",
        refusal(new LayerSettings(0.9, 1, 0), resNet));
    LayerSettings.ALL_ALIKE.validate(resNet);
  }

  private static String refusal(LayerSettings settings, Backbone backbone) {
    return assertThrows(IllegalArgumentException.class, () -> settings.validate(backbone))
        .getMessage();
  }
}
