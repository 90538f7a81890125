package org.dinojvm.cli.options;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.settings.SettingKey;
import picocli.CommandLine.Model.OptionSpec;

/** Settings as options: names, defaults and help are those of the settings' annotations. */
final class SettingOptions {

  private final Map<SettingKey, OptionSpec> options = new LinkedHashMap<>();

  /** An option for each setting. */
  SettingOptions(Collection<SettingKey> keys) {
    keys.forEach(key -> options.put(key, option(key)));
  }

  /** The options by their settings, in order. */
  Map<SettingKey, OptionSpec> all() {
    return options;
  }

  /** What the command line says: text by key. */
  Map<String, String> given() {
    Map<String, String> given = new LinkedHashMap<>();
    options.forEach(
        (key, option) -> {
          if (!option.stringValues().isEmpty()) {
            given.put(key.key(), String.join(" ", option.stringValues()));
          }
        });
    return given;
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
    } else if (key.type() == ImmutableIntArray.class) {
      return "N,N,…";
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
}
