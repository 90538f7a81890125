package org.dinojvm.cli.options;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.dinojvm.data.source.FolderSurvey;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.train.AutoPreset;
import org.dinojvm.train.AutoPreset.Choice;
import org.dinojvm.train.config.TrainConfig;

/** Says what {@code --preset auto} picks. */
final class PresetReport {

  private PresetReport() {}

  /**
   * Picks settings for the pictures and prints each with its reason, or with the user's own value.
   *
   * @param given what the user said
   * @return value by key
   */
  static Map<String, String> choices(Map<SettingKey, Object> given, PrintWriter out)
      throws IOException {
    Object data = given.getOrDefault(key("data_path"), "");
    checkArgument(!data.equals(""), "--preset auto looks at the pictures: say where, --data DIR");
    FolderSurvey survey = FolderSurvey.of(Path.of(data.toString()));
    Object epochs = given.get(key("epochs"));
    AutoPreset preset =
        new AutoPreset(
            survey, epochs == null ? OptionalInt.empty() : OptionalInt.of((Integer) epochs));
    out.printf(
        Locale.ROOT,
        "preset auto, for about %,d pictures of %d pixels (median of the shorter sides):%n",
        survey.pictures(),
        survey.shorterSide());
    Map<String, String> picked = new LinkedHashMap<>();
    for (Choice choice : preset.choices()) {
      Object own = given.get(key(choice.key()));
      picked.put(choice.key(), choice.value());
      out.printf(
          "  %-28s %-8s %s%n",
          choice.key(),
          own == null ? choice.value() : SettingKey.text(own),
          own == null ? choice.reason() : "yours");
    }
    out.flush();
    return picked;
  }

  private static SettingKey key(String name) {
    return TrainConfig.defaults().settings().find(name).orElseThrow();
  }
}
