package org.dinojvm.cli.console;

import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.dinojvm.settings.Settings;
import org.dinojvm.train.config.TrainConfig;

/** The settings of a run that are not the defaults, a line or two for each group. */
final class SettingsSummary {

  private static final int WIDTH = 100;
  private static final String MARGIN = "  ";
  private static final String HANGING = "    ";

  /** Said elsewhere on the same screen. */
  private static final ImmutableSet<String> LEFT_OUT = ImmutableSet.of("data_path", "output_dir");

  private SettingsSummary() {}

  /** The lines; empty if all settings are the defaults. */
  static String of(TrainConfig config) {
    Map<String, StringJoiner> groups = new LinkedHashMap<>();
    for (Settings.Difference setting :
        config.differencesFrom(TrainConfig.defaults(config.method()))) {
      if (!LEFT_OUT.contains(setting.key().key())) {
        groups
            .computeIfAbsent(setting.key().heading(), heading -> new StringJoiner(", "))
            .add(setting.key().key() + " " + setting.after());
      }
    }
    StringBuilder lines = new StringBuilder();
    groups.forEach((group, settings) -> append(lines, group + ": " + settings));
    return lines.toString();
  }

  private static void append(StringBuilder lines, String text) {
    StringBuilder line = new StringBuilder(MARGIN);
    for (String part : text.split("(?<=,) ", -1)) {
      if (line.length() + part.length() + 1 > WIDTH) {
        lines.append(line).append(System.lineSeparator());
        line = new StringBuilder(HANGING);
      } else if (line.length() > HANGING.length()) {
        line.append(' ');
      }
      line.append(part);
    }
    lines.append(line).append(System.lineSeparator());
  }
}
