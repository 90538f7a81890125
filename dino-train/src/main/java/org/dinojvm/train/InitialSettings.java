package org.dinojvm.train;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.model.family.BackboneFamily.Recognized;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.family.Backbones;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.serve.ImportedConfig;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.weights.network.NetworkShape;
import org.dinojvm.weights.network.WeightFile;

/**
 * The settings that follow from the weights of {@code --init}: network, head, crops and evaluation
 * view, so that the file alone is enough to go on from it. What the user gives goes before.
 *
 * @param values texts by key
 * @param description what was taken, in one line; empty if nothing was
 */
public record InitialSettings(ImmutableMap<String, String> values, String description) {

  private static final InitialSettings NONE = new InitialSettings(ImmutableMap.of(), "");

  /** All that may be taken from a file. */
  private static final ImmutableSet<String> OWN =
      ImmutableSet.<String>builder()
          .addAll(Settings.of(BackboneSettings.class).names())
          .addAll(Settings.of(HeadSettings.class).names())
          .addAll(Settings.of(EvalView.class).names())
          .addAll(Settings.of(Normalization.class).names())
          .add("global_crops_size", "local_crops_size")
          .build();

  private static final String INIT = "init";
  private static final String GLOBAL = "global_crops_size";
  private static final String LOCAL = "local_crops_size";
  private static final String EVAL_CROP = "eval_crop_size";
  private static final String EVAL_RESIZE = "eval_resize_size";

  /** Published sides of crops: of global ones, of local ones, of a picture before its crop. */
  private static final double PUBLISHED_GLOBAL = 224;

  private static final double PUBLISHED_LOCAL = 96;
  private static final double PUBLISHED_RESIZE = 256;

  /**
   * The settings for a run; none without {@code init}. A run that was begun keeps its own: neither
   * is the file read again, nor need it still be there.
   *
   * @param given what the user says
   * @throws IllegalArgumentException naming the file and what is wrong with it
   */
  public static InitialSettings of(Map<SettingKey, Object> given) {
    Map<String, String> texts = new LinkedHashMap<>();
    given.forEach((key, value) -> texts.put(key.key(), SettingKey.text(value)));
    String init = texts.getOrDefault(INIT, "");
    if (init.isEmpty()) {
      return NONE;
    }
    Path begun = Path.of(texts.getOrDefault("output_dir", ".")).resolve(Checkpoints.CONFIG);
    Map<String, String> before = Files.exists(begun) ? YamlSettings.read(begun) : Map.of();
    return init.equals(before.get(INIT))
        ? new InitialSettings(ImmutableMap.copyOf(Maps.filterKeys(before, OWN::contains)), "")
        : read(Path.of(init), texts);
  }

  private static InitialSettings read(Path path, Map<String, String> given) {
    WeightFile file = WeightFile.read(path);
    try {
      Map<String, String> told = Maps.filterKeys(given, ImportedConfig.TOLD::contains);
      Map<String, String> values =
          new LinkedHashMap<>(
              Maps.transformValues(ImportedConfig.settings(file, told), SettingKey::text));
      Recognized backbone = NetworkShape.of(file.weights()).backbone();
      BackboneSettings network = backbone.with(0);
      requireFamily(file, backbone, network, given.get("arch"));
      putCrops(values, given, network.family().stride(network));
      return new InitialSettings(
          ImmutableMap.copyOf(values), describe(path, backbone.label(), values, given));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
  }

  /** Settings of one family mean nothing to another. */
  private static void requireFamily(
      WeightFile file, Recognized backbone, BackboneSettings network, String arch) {
    if (arch != null && Backbones.family(arch) != network.family()) {
      throw new IllegalArgumentException(
          "the file is no %s: it has %s of %s; give --arch %s, or --init alone"
              .formatted(
                  arch,
                  file.weights().keySet().iterator().next(),
                  backbone.label().isEmpty() ? network.arch() : backbone.label(),
                  network.arch()));
    }
  }

  /**
   * Global crops as large as the pictures that the network is evaluated on, not those that its
   * positions are laid out for: 224 for DINOv2, which ended its training at 518. Local crops and,
   * where the user chooses the global ones, the evaluation view in proportion.
   *
   * @param stride what sides must be multiples of, in pixels
   */
  private static void putCrops(Map<String, String> values, Map<String, String> given, int stride) {
    if (given.containsKey(GLOBAL)) {
      int crop = Integer.parseInt(given.get(GLOBAL));
      boolean squash = "squash".equals(values.get("eval_fit"));
      double resize = squash ? crop : crop * PUBLISHED_RESIZE / PUBLISHED_GLOBAL;
      values.put(EVAL_CROP, Integer.toString(crop));
      values.put(EVAL_RESIZE, Long.toString(Math.round(resize)));
    } else if (values.containsKey(EVAL_CROP)) {
      values.put(GLOBAL, values.get(EVAL_CROP));
    }
    String side = given.getOrDefault(GLOBAL, values.get(GLOBAL));
    double global = side == null ? PUBLISHED_GLOBAL : Double.parseDouble(side);
    long steps = Math.max(1, Math.round(global * PUBLISHED_LOCAL / PUBLISHED_GLOBAL / stride));
    values.put(LOCAL, Long.toString(steps * stride));
  }

  /** What is not the default and not the user's. */
  private static String describe(
      Path path, String label, Map<String, String> values, Map<String, String> given) {
    Settings<TrainConfig> settings = TrainConfig.defaults().settings();
    String taken =
        values.entrySet().stream()
            .filter(entry -> !given.containsKey(entry.getKey()))
            .filter(
                entry ->
                    settings
                        .find(entry.getKey())
                        .filter(
                            key -> !SettingKey.text(key.defaultValue()).equals(entry.getValue()))
                        .isPresent())
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    return "%s is %s; %s"
        .formatted(
            path,
            label.isEmpty() ? "no released network, but one of a kind known here" : label,
            taken.isEmpty() ? "all settings are its own" : "taken from it: " + taken);
  }
}
