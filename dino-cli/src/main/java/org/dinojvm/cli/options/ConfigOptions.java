package org.dinojvm.cli.options;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.preset.Choice;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Every setting of {@link TrainConfig} as an option, and {@code --config}: a {@link Mixin} for
 * commands that train. Names, defaults and help are those of the record's annotations.
 */
public final class ConfigOptions {

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

  private final SettingOptions options = new SettingOptions(TrainConfig.keysOfAllMethods());

  /** Adds the options to the command that this is mixed into. */
  @Spec(Spec.Target.MIXEE)
  void addTo(CommandSpec command) {
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    options
        .all()
        .forEach(
            (key, option) ->
                groups.computeIfAbsent(key.heading(), ConfigOptions::group).addArg(option));
    int order = 0;
    for (ArgGroupSpec.Builder group : groups.values()) {
      command.addArgGroup(group.order(order++).build());
    }
  }

  private static ArgGroupSpec.Builder group(String heading) {
    return ArgGroupSpec.builder().heading("%n" + heading + ":%n").validate(false).exclusive(false);
  }

  /** What the command line says: text by key, for whatever method; not yet checked. */
  public ImmutableMap<String, String> onCommandLine() {
    checkArgument(
        preset == null, "--preset is for one method: give what it picks as options or in a file");
    return ImmutableMap.copyOf(options.given());
  }

  /** What the file says, if there is one: text by key, not yet checked. */
  public ImmutableMap<String, String> inFile() {
    Map<String, String> texts = new LinkedHashMap<>();
    if (file != null) {
      YamlSettings.read(file).forEach((name, text) -> texts.put(canonical(name), text));
    }
    return ImmutableMap.copyOf(texts);
  }

  private String canonical(String name) {
    return options.all().keySet().stream()
        .filter(key -> key.aliases().contains(name))
        .map(SettingKey::key)
        .findFirst()
        .orElse(name);
  }

  /** All that was asked for. */
  public RequestedSettings requested() throws IOException {
    return new RequestedSettings(
        TrainConfig.given(Optional.ofNullable(file), options.given()), preset == Preset.AUTO);
  }

  /**
   * The configuration that was asked for.
   *
   * @param out is told what a preset picks and what follows from the weights of {@code --init}
   */
  public TrainConfig config(PrintWriter out) throws IOException {
    RequestedSettings requested = requested();
    ImmutableList<Choice> picked = requested.presets();
    requested.print(picked, out);
    return requested.config(picked);
  }
}
