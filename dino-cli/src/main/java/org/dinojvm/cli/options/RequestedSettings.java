package org.dinojvm.cli.options;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.data.source.FolderSurvey;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.train.InitialSettings;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.preset.AutoPreset;
import org.dinojvm.train.preset.Choice;

/**
 * What a user asked for: settings that are given, and whether others are picked by the pictures.
 */
public final class RequestedSettings {

  private final ImmutableMap<SettingKey, Object> given;
  private final Optional<FolderSurvey> survey;
  private final InitialSettings initial;

  /**
   * Settings.
   *
   * @param given value by key
   * @param isPreset whether others are picked by the pictures
   */
  RequestedSettings(Map<SettingKey, Object> given, boolean isPreset) throws IOException {
    this.given = ImmutableMap.copyOf(given);
    this.survey = isPreset ? Optional.of(survey(given)) : Optional.empty();
    this.initial = InitialSettings.of(given);
  }

  private static FolderSurvey survey(Map<SettingKey, Object> given) throws IOException {
    Object data = given.getOrDefault(key("data_path"), "");
    checkArgument(!data.equals(""), "--preset auto looks at the pictures: say where, --data DIR");
    return FolderSurvey.of(Path.of(data.toString()));
  }

  private static SettingKey key(String name) {
    return TrainConfig.defaults().settings().find(name).orElseThrow();
  }

  /** Whether settings are picked by the pictures. */
  public boolean isPreset() {
    return survey.isPresent();
  }

  /** The pictures; where {@link #isPreset}. */
  public FolderSurvey survey() {
    return survey.orElseThrow();
  }

  /** What the pictures pick, for a run as long as is given or usual. */
  ImmutableList<Choice> presets() {
    Object epochs = given.get(key("epochs"));
    return presets(epochs == null ? OptionalInt.empty() : OptionalInt.of((Integer) epochs));
  }

  /** What the pictures pick for a run of so many epochs; nothing without a preset. */
  public ImmutableList<Choice> presets(int epochs) {
    return presets(OptionalInt.of(epochs));
  }

  private ImmutableList<Choice> presets(OptionalInt epochs) {
    return survey
        .map(pictures -> new AutoPreset(pictures, epochs).choices())
        .orElse(ImmutableList.of());
  }

  /** The folder of the run, if it was begun before. */
  public Optional<Path> begun() {
    Object output = given.get(key("output_dir"));
    return Optional.ofNullable(output)
        .map(folder -> Path.of(folder.toString()))
        .filter(folder -> Files.exists(folder.resolve(Checkpoints.CONFIG)));
  }

  /** The settings of the run that was begun. */
  public ImmutableList<Choice> ofBegunRun() {
    return YamlSettings.read(begun().orElseThrow().resolve(Checkpoints.CONFIG)).entrySet().stream()
        .map(entry -> new Choice(entry.getKey(), entry.getValue(), "of the run that was begun"))
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * The configuration.
   *
   * @param picked give way to what is given; of one key the last counts
   */
  public TrainConfig config(List<Choice> picked) {
    Map<String, String> suggested = new LinkedHashMap<>();
    picked.forEach(choice -> suggested.put(choice.key(), choice.value()));
    suggested.putAll(initial.values());
    return TrainConfig.of(suggested, given);
  }

  /**
   * Prints each choice with its reason, or with the user's own value, of one key the last, and what
   * the weights to start from say.
   */
  public void print(List<Choice> picked, PrintWriter out) {
    survey.ifPresent(
        pictures ->
            out.printf(
                Locale.ROOT,
                "preset auto, for about %,d pictures of %d pixels (median of the shorter sides):%n",
                pictures.pictures(),
                pictures.shorterSide()));
    Map<String, Choice> last = new LinkedHashMap<>();
    picked.forEach(choice -> last.put(choice.key(), choice));
    for (Choice choice : last.values()) {
      Object own = given.get(key(choice.key()));
      out.printf(
          "  %-28s %-8s %s%n",
          choice.key(),
          own == null ? choice.value() : SettingKey.text(own),
          own == null ? choice.reason() : "yours");
    }
    if (!initial.description().isEmpty()) {
      out.println(initial.description());
    }
    out.flush();
  }
}
