package org.dinojvm.train.config;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.family.Backbones;
import org.dinojvm.serve.ModelConfig;
import org.dinojvm.serve.ServedNetwork;
import org.dinojvm.serve.ThreadSettings;
import org.dinojvm.settings.Heading;
import org.dinojvm.settings.Setting;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.train.objective.Method;
import org.dinojvm.train.objective.Methods;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;

/**
 * Everything that a training run can be told: each flag of the published training script under its
 * own name and with its default, and more of the same style. Each group of settings is a record of
 * the package that uses it; to users all are one flat list, from which command line, YAML files and
 * help are made.
 *
 * <p>Values are checked when a record is made: within a group by the group, across groups here. So
 * a {@code TrainConfig} that exists makes sense.
 *
 * @param method name of the self-supervised method
 * @param objective that method with its own settings
 */
public record TrainConfig(
    @Heading("Network") BackboneSettings backbone,
    @Heading("Method, head and loss")
        @Setting(
            value = "dino",
            doc = "The self-supervised method; the settings below are its own.",
            source = "dino-jvm",
            choices = Methods.class)
        String method,
    @Heading("Method, head and loss") Objective objective,
    @Heading("Optimizer and schedules") OptimizerSettings optimization,
    @Heading("Computation") ComputeSettings compute,
    @Heading("Computation") ThreadSettings threads,
    @Heading("Crops and colors") MultiCrop views,
    @Heading("Crops and colors") Normalization normalization,
    @Heading("Run") RunSettings run,
    @Heading("Evaluation") EvalView evalView,
    @Heading("Evaluation") ServedNetwork served,
    @Heading("Evaluation") EvaluationSettings evaluation) {

  private static final String METHOD = "method";
  private static final String ARCH = "arch";
  private static final String DEFAULT_METHOD = "dino";

  /** Checks the rules that concern several groups. */
  public TrainConfig {
    ModelConfig.check(backbone, views, evalView);
    require(
        Methods.get(method).objective().isInstance(objective),
        METHOD,
        method,
        "has settings of its own; start from TrainConfig.defaults(\"" + method + "\")");
    require(
        !compute.recompute() || backbone.family().canRecompute(),
        "recompute",
        compute.recompute(),
        "is for ViTs, not for " + backbone.arch() + "; leave it out");
    require(
        views.globalCropsNumber() == objective.globalCrops(),
        "global_crops_number",
        views.globalCropsNumber(),
        "must be %d for method %s".formatted(objective.globalCrops(), method));
    objective.validate(optimization);
    objective.validate(backbone, views);
    optimization.layers().validate(backbone.create(views.globalCropsSize()));
  }

  /** How keys and texts become a configuration with a method, and back. */
  public static Settings<TrainConfig> settings(String method) {
    return Methods.get(method).settings(TrainConfig.class);
  }

  /** How keys and texts become a configuration with the same method, and back. */
  public Settings<TrainConfig> settings() {
    return settings(method);
  }

  /** The published script's defaults. */
  public static TrainConfig defaults() {
    return defaults(DEFAULT_METHOD);
  }

  /** The published defaults of a method, with the backbone that is the default. */
  public static TrainConfig defaults(String method) {
    return defaults(method, BackboneSettings.of(Map.of()).arch());
  }

  /**
   * The published defaults of a method.
   *
   * @param arch with whose family some of them differ
   */
  public static TrainConfig defaults(String method, String arch) {
    Settings<TrainConfig> settings = settings(method);
    Map<SettingKey, Object> changes = new LinkedHashMap<>();
    String family = Backbones.family(arch).name();
    changes.putAll(settings.parse(Methods.get(method).defaults(family), "by default of " + method));
    changes.putAll(settings.parse(Map.of(METHOD, method), "by default"));
    return settings.defaultsWith(changes);
  }

  /**
   * The defaults of the method, overridden by a YAML file, overridden by the command line.
   *
   * @param yaml file of keys and values
   * @param overrides value by key
   * @throws IllegalArgumentException in one line, where something cannot be used
   */
  public static TrainConfig load(Optional<Path> yaml, Map<String, String> overrides) {
    return of(ImmutableMap.of(), given(yaml, overrides));
  }

  /**
   * The defaults of the method with some values replaced.
   *
   * @param suggested texts by key that give way to what is given; those that are no settings of the
   *     method do not count
   * @param given what {@link #given} says
   */
  public static TrainConfig of(Map<String, String> suggested, Map<SettingKey, Object> given) {
    String method = find(given, METHOD).orElse(DEFAULT_METHOD);
    TrainConfig base =
        find(given, ARCH).map(arch -> defaults(method, arch)).orElseGet(() -> defaults(method));
    Map<SettingKey, Object> changes =
        new LinkedHashMap<>(settings(method).parseKnown(suggested, "by a preset"));
    changes.putAll(given);
    return settings(method).with(base, changes);
  }

  private static Optional<String> find(Map<SettingKey, Object> given, String key) {
    return given.entrySet().stream()
        .filter(entry -> entry.getKey().key().equals(key))
        .map(entry -> (String) entry.getValue())
        .findFirst();
  }

  /** What a YAML file and the command line say, the command line before the file. */
  public static ImmutableMap<SettingKey, Object> given(
      Optional<Path> yaml, Map<String, String> overrides) {
    Map<String, String> inFile = yaml.map(YamlSettings::read).orElse(Map.of());
    Settings<TrainConfig> settings = settings(methodOf(inFile, overrides));
    Map<SettingKey, Object> given = new LinkedHashMap<>();
    yaml.ifPresent(file -> given.putAll(settings.parse(inFile, "in " + file)));
    given.putAll(settings.parse(overrides, "on the command line"));
    return ImmutableMap.copyOf(given);
  }

  /** The settings of all methods, each key once. */
  public static ImmutableCollection<SettingKey> keysOfAllMethods() {
    Map<String, SettingKey> keys = new LinkedHashMap<>();
    for (Method each : Methods.all()) {
      settings(each.name()).keys().forEach(key -> keys.putIfAbsent(key.key(), key));
    }
    return ImmutableList.copyOf(keys.values());
  }

  private static String methodOf(Map<String, String> inFile, Map<String, String> overrides) {
    return overrides.getOrDefault(METHOD, inFile.getOrDefault(METHOD, DEFAULT_METHOD));
  }

  /** Reads a run's own {@code config.yaml}, or any other file of settings. */
  public static TrainConfig read(Path yaml) {
    return load(Optional.of(yaml), Map.of());
  }

  /** This configuration with some values replaced, e.g. {@code with(Map.of("patch_size", 8))}. */
  public TrainConfig with(Map<String, ?> changes) {
    Map<String, String> texts = Maps.transformValues(changes, SettingKey::text);
    return settings().with(this, settings().parse(texts, "in the program"));
  }

  /** Every setting as YAML; {@link #read} gives back an equal configuration. */
  public String toYaml() {
    return YamlSettings.write(settings(), this);
  }

  /** Writes {@link #toYaml} to a file. */
  public void write(Path file) throws IOException {
    Files.writeString(file, toYaml());
  }

  /** What is not the same in {@code before}. */
  public ImmutableList<Settings.Difference> differencesFrom(TrainConfig before) {
    return Settings.differences(before.settings().entries(before), settings().entries(this));
  }

  /** The part that using the network needs. */
  public ModelConfig model() {
    return ModelConfig.of(
        settings().entries(this).entrySet().stream()
            .collect(toImmutableMap(entry -> entry.getKey().key(), Map.Entry::getValue)));
  }

  /** How many random numbers the objective takes for each global crop. */
  public int draws() {
    int side = views.globalCropsSize() / backbone.create(views.globalCropsSize()).stride();
    return objective.draws(side * side);
  }

  /** How long a run of so many steps an epoch is. */
  public RunLength length(long stepsPerEpoch) {
    return new RunLength(optimization.epochs(), stepsPerEpoch);
  }
}
