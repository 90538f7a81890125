package org.dinojvm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.train.config.TrainConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Every setting of {@link TrainConfig} as an option, and {@code --config}: a {@link Mixin} for
 * commands that train. Names, defaults and help are those of the record's annotations.
 */
final class ConfigOptions {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file of settings, under the names below. Options override it.")
  private Path file;

  /** What may stand behind {@code --preset}. */
  private enum Preset {
    AUTO
  }

  @Option(
      names = "--preset",
      paramLabel = "auto",
      description = {
        "auto: picks head, EMA, temperature, batch, length and crops by the number and the size of"
            + " the pictures, and says why. Options and the file override it."
      })
  private Preset preset;

  private final Map<SettingKey, OptionSpec> options = new LinkedHashMap<>();

  /** Adds the options to the command that this is mixed into. */
  @Spec(Spec.Target.MIXEE)
  void addTo(CommandSpec command) {
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    for (SettingKey key : TrainConfig.keysOfAllMethods()) {
      OptionSpec option = option(key);
      options.put(key, option);
      groups.computeIfAbsent(key.heading(), ConfigOptions::group).addArg(option);
    }
    int order = 0;
    for (ArgGroupSpec.Builder group : groups.values()) {
      command.addArgGroup(group.order(order++).build());
    }
  }

  private static ArgGroupSpec.Builder group(String heading) {
    return ArgGroupSpec.builder().heading("%n" + heading + ":%n").validate(false).exclusive(false);
  }

  private static OptionSpec option(SettingKey key) {
    List<String> names = new ArrayList<>(List.of("--" + key.key()));
    key.aliases().forEach(alias -> names.add("--" + alias));
    boolean flag = key.type() == boolean.class;
    return OptionSpec.builder(names.toArray(String[]::new))
        .type(String[].class)
        .arity(flag ? "0..1" : key.words() == 1 ? "1" : "1.." + key.words())
        .fallbackValue("true") // of a flag without a value
        .paramLabel(label(key))
        .hideParamSyntax(true)
        .description(escaped(key.doc()), escaped("(" + facts(key) + ")"))
        .build();
  }

  private static String label(SettingKey key) {
    if (key.words() > 1) {
      return String.join(" ", Collections.nCopies(key.words(), "N"));
    } else if (!key.choices().isEmpty()) {
      return String.join("|", key.choices());
    } else if (key.type() == boolean.class) {
      return "true|false";
    }
    if (key.type() == String.class) {
      return switch (key.unit()) {
        case "folder" -> "DIR";
        case "file" -> "FILE";
        default -> "TEXT";
      };
    }
    return "N";
  }

  /** Unit, default and source. */
  private static String facts(SettingKey key) {
    List<String> facts = new ArrayList<>();
    if (!key.unit().isEmpty()) {
      facts.add(key.unit());
    }
    facts.add(key.defaultText().isEmpty() ? "no default" : "default " + key.defaultText());
    facts.add(key.source());
    return String.join("; ", facts);
  }

  /** Descriptions are format strings. */
  private static String escaped(String text) {
    return text.replace("%", "%%");
  }

  /**
   * The configuration that was asked for.
   *
   * @param out is told what a preset picks
   */
  TrainConfig config(PrintWriter out) throws IOException {
    Map<String, String> overrides = new LinkedHashMap<>();
    options.forEach(
        (key, option) -> {
          if (!option.stringValues().isEmpty()) {
            overrides.put(key.key(), String.join(" ", option.stringValues()));
          }
        });
    Map<SettingKey, Object> given = TrainConfig.given(Optional.ofNullable(file), overrides);
    return TrainConfig.of(
        preset == Preset.AUTO ? PresetReport.choices(given, out) : Map.of(), given);
  }
}
