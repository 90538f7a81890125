package org.dinojvm.compare;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.Settings;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Method;
import org.dinojvm.train.objective.Methods;
import org.dinojvm.train.preset.AutoPreset;

/**
 * What is compared: methods and what their runs have in common.
 *
 * @param methods names, each once
 * @param budget time to train for, of each; without one, {@code epochs} is among the settings
 * @param settings text by key, for all methods that have such a setting; under {@code METHOD.key}
 *     for one of them
 * @param train labelled pictures to learn classes from
 * @param val labelled pictures to classify; without them, each of {@code train} by the others
 * @param output folder of the comparison, with a run's folder for each method
 */
public record ComparisonPlan(
    ImmutableList<String> methods,
    Optional<Duration> budget,
    ImmutableMap<String, String> settings,
    Path train,
    Optional<Path> val,
    Path output) {

  private static final String EPOCHS = "epochs";

  /** How often a run is evaluated, unless it is said. */
  private static final int CURVE_POINTS = 10;

  /** Checks methods, budget and settings, also each method's configuration as a whole. */
  public ComparisonPlan {
    checkArgument(!methods.isEmpty(), "no methods to compare: name them, --methods dino,simclr");
    Set<String> once = new LinkedHashSet<>();
    for (String method : methods) {
      Methods.get(method);
      checkArgument(once.add(method), "method %s is named twice: name each once", method);
    }
    checkArgument(
        budget.isPresent() || settings.containsKey(EPOCHS),
        "how long is each method trained? Say --budget 10m for equal time or --epochs 50 for equal"
            + " epochs");
    checkArgument(
        budget.isEmpty() || !budget.get().isZero(), "--budget must be longer than no time");
    for (String key : settings.keySet()) {
      checkKey(key, methods);
    }
  }

  private static void checkKey(String key, ImmutableList<String> methods) {
    checkArgument(
        !key.equals("method"), "method is what is compared: name the methods by --methods");
    int dot = key.indexOf('.');
    if (dot < 0) {
      checkArgument(
          methods.stream().anyMatch(method -> TrainConfig.settings(method).find(key).isPresent()),
          "none of the compared methods has a setting %s: leave it out, or compare one that has",
          key);
      return;
    }
    String method = key.substring(0, dot);
    checkArgument(
        methods.contains(method), "%s is for a method that is not compared, %s", key, method);
    checkArgument(
        TrainConfig.settings(method).find(key.substring(dot + 1)).isPresent(),
        "%s has no setting %s",
        method,
        key.substring(dot + 1));
  }

  /**
   * A file's settings but those of methods that are not compared, so that one file serves for any.
   *
   * @param settings text by key or {@code METHOD.key}
   */
  public static ImmutableMap<String, String> without(
      Map<String, String> settings, Collection<String> compared) {
    Set<String> others = new HashSet<>();
    for (Method method : Methods.all()) {
      if (!compared.contains(method.name())) {
        TrainConfig.settings(method.name())
            .names()
            .forEach(key -> others.addAll(List.of(key, method.name() + "." + key)));
      }
    }
    for (String method : compared) {
      others.removeAll(TrainConfig.settings(method).names());
    }
    return ImmutableMap.copyOf(Maps.filterKeys(settings, key -> !others.contains(key)));
  }

  /** The epochs that were asked for, where not time but epochs are equal. */
  public Optional<Integer> equalEpochs() {
    return budget.isPresent()
        ? Optional.empty()
        : Optional.of((Integer) key(methods.get(0), EPOCHS).parse(settings.get(EPOCHS), "given"));
  }

  /** The folder of a method's run. */
  public Path folder(String method) {
    return output.resolve(method);
  }

  /**
   * A method's configuration for a run of some length. Warm-ups that are longer than it allows are
   * shortened.
   */
  public TrainConfig config(String method, int epochs) {
    Settings<TrainConfig> known = TrainConfig.settings(method);
    Map<String, String> texts = new LinkedHashMap<>();
    settings.forEach(
        (key, text) -> known.find(key).ifPresent(setting -> texts.put(setting.key(), text)));
    settings.forEach(
        (key, text) -> {
          if (key.startsWith(method + ".")) {
            texts.put(key(method, key.substring(method.length() + 1)).key(), text);
          }
        });
    texts.put("method", method);
    texts.put(EPOCHS, Integer.toString(epochs));
    texts.put("output_dir", folder(method).toString());
    texts.putIfAbsent("eval_every_epochs", Integer.toString(Math.max(1, epochs / CURVE_POINTS)));
    shorten(method, "warmup_epochs", epochs, texts);
    shorten(method, "warmup_teacher_temp_epochs", epochs, texts);
    return TrainConfig.of(Map.of(), known.parse(texts, "for " + method));
  }

  /** A warm-up in epochs: of what is given, no more than the run has; of the default, less. */
  private static void shorten(String method, String name, int epochs, Map<String, String> texts) {
    Optional<SettingKey> found = TrainConfig.settings(method).find(name);
    if (found.isEmpty()) {
      return;
    }
    String arch = texts.get("arch");
    TrainConfig defaults =
        arch == null ? TrainConfig.defaults(method) : TrainConfig.defaults(method, arch);
    int value =
        texts.containsKey(name)
            ? Math.min(epochs, (Integer) found.get().parse(texts.get(name), "given"))
            : Math.min(
                AutoPreset.longestWarmUp(epochs),
                (Integer) defaults.settings().entries(defaults).get(found.get()));
    texts.put(name, Integer.toString(value));
  }

  private static SettingKey key(String method, String name) {
    return TrainConfig.settings(method).find(name).orElseThrow();
  }

  /** All of it as texts, in the order to be shown; what a later call is held against. */
  ImmutableMap<String, String> arguments() {
    ImmutableMap.Builder<String, String> arguments = ImmutableMap.builder();
    arguments.put("methods", String.join(",", methods));
    budget.ifPresent(time -> arguments.put("budget", time.toSeconds() + "s"));
    arguments.put("train", train.toString());
    val.ifPresent(folder -> arguments.put("val", folder.toString()));
    settings.forEach(
        (key, text) -> {
          if (!key.equals("output_dir") && !(key.equals(EPOCHS) && budget.isPresent())) {
            arguments.put(key, text);
          }
        });
    return arguments.buildOrThrow();
  }
}
