package org.dinojvm.serve;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.multipleOf;

import com.google.common.collect.Maps;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.head.DinoHead;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;
import org.dinojvm.settings.YamlSettings;

/**
 * What using a network needs to know of how it was trained: the part of a run's configuration that
 * says what the network is and how it wants its pictures.
 *
 * @param backbone the network
 * @param head its projection head, for those trained with one
 * @param views the pictures that it was trained on; the backbone is laid out for global crops
 * @param normalization of pixels
 * @param evalView how a picture is shown to it
 * @param served which of a run's networks it is
 * @param threads of its session
 */
public record ModelConfig(
    BackboneSettings backbone,
    HeadSettings head,
    MultiCrop views,
    Normalization normalization,
    EvalView evalView,
    ServedNetwork served,
    ThreadSettings threads) {

  private static final Settings<ModelConfig> SETTINGS = Settings.of(ModelConfig.class);
  private static final Settings<HeadSettings> HEAD = Settings.of(HeadSettings.class);

  /** Checks the rules that concern several groups. */
  public ModelConfig {
    check(backbone, views, evalView);
  }

  /**
   * Checks that the settings make a network, and that crops and evaluation view are whole patches.
   *
   * @throws IllegalArgumentException for the first rule that is broken
   */
  public static void check(BackboneSettings backbone, MultiCrop views, EvalView evalView) {
    backbone.family().validate(backbone);
    checkSide("global_crops_size", views.globalCropsSize(), backbone);
    if (views.localCropsNumber() > 0) {
      checkSide("local_crops_size", views.localCropsSize(), backbone);
    }
    checkSide("eval_crop_size", evalView.evalCropSize(), backbone);
  }

  private static void checkSide(String key, int pixels, BackboneSettings backbone) {
    int stride = backbone.family().stride(backbone);
    if (stride == 1) {
      atLeast(key, pixels, 1);
    } else {
      multipleOf(key, pixels, "patch_size", stride);
    }
  }

  /**
   * The defaults with some settings replaced; keys of other settings are left out.
   *
   * @param settings value by key
   */
  public static ModelConfig of(Map<String, ?> settings) {
    Map<String, String> texts = Maps.transformValues(settings, SettingKey::text);
    return SETTINGS.with(SETTINGS.defaults(), SETTINGS.parseKnown(texts, "in the program"));
  }

  /**
   * The part of a run's {@code config.yaml} that concerns the network.
   *
   * @throws IllegalArgumentException if the file is missing or damaged
   */
  public static ModelConfig read(Path yaml) {
    Map<String, String> texts = YamlSettings.read(yaml);
    return SETTINGS.with(SETTINGS.defaults(), SETTINGS.parseKnown(texts, "in " + yaml));
  }

  /** Whether a run's {@code config.yaml} is of a method that trains a head with prototypes. */
  static boolean tellsOfHead(Path yaml) {
    return YamlSettings.read(yaml)
        .keySet()
        .containsAll(HEAD.keys().stream().map(SettingKey::key).toList());
  }

  /** The network's head. */
  public DinoHead createHead() {
    return head.create(createBackbone().embedDim());
  }

  /** The network. */
  public Backbone createBackbone() {
    return backbone.create(views.globalCropsSize());
  }
}
