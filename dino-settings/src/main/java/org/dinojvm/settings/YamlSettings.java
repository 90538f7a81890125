package org.dinojvm.settings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.common.base.Splitter;
import com.google.common.collect.Streams;
import com.google.common.primitives.ImmutableIntArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Settings in YAML: a flat mapping of keys to values; pairs are lists, {@code [0.4, 1.0]}. */
public final class YamlSettings {

  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  /** A quoted text in JSON is one in YAML too. */
  private static final JsonMapper JSON = new JsonMapper();

  private YamlSettings() {}

  /**
   * Reads a file.
   *
   * @return value by key, as texts for {@link Settings#parse}
   * @throws IllegalArgumentException where the file is missing or is no flat mapping
   */
  public static Map<String, String> read(Path file) {
    JsonNode root = parse(file);
    if (root.isMissingNode() || root.isNull()) {
      return Map.of();
    }
    if (!root.isObject()) {
      throw new IllegalArgumentException(file + " holds no settings: write lines 'key: value'");
    }
    Map<String, String> texts = new LinkedHashMap<>();
    root.properties().forEach(e -> texts.put(e.getKey(), text(e.getKey(), e.getValue(), file)));
    return texts;
  }

  private static JsonNode parse(Path file) {
    try {
      return YAML.readTree(Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("no such file: " + file, e);
    } catch (JsonProcessingException e) {
      String message = Splitter.on('\n').split(e.getOriginalMessage()).iterator().next();
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw new IllegalArgumentException(file + ", line " + line + ": " + message, e);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String text(String key, JsonNode value, Path file) {
    if (value.isNull() || value.isObject()) {
      throw new IllegalArgumentException(
          String.format(
              "%s in %s: expected a value on the same line; remove the line for the default",
              key, file));
    }
    return value.isArray()
        ? Streams.stream(value).map(JsonNode::asText).collect(Collectors.joining(", "))
        : value.asText();
  }

  /** All settings of a record as YAML under the headings of their groups; reads back equal. */
  public static <R extends Record> String write(Settings<R> settings, R record) {
    StringBuilder yaml = new StringBuilder();
    String heading = "";
    for (Map.Entry<SettingKey, Object> entry : settings.entries(record).entrySet()) {
      if (!entry.getKey().heading().equals(heading)) {
        yaml.append(heading.isEmpty() ? "# " : "\n# ");
        heading = entry.getKey().heading();
        yaml.append(heading).append('\n');
      }
      yaml.append(entry.getKey().key()).append(": ").append(scalar(entry.getValue())).append('\n');
    }
    return yaml.toString();
  }

  private static String scalar(Object value) {
    if (value instanceof Record) {
      return "[" + SettingKey.text(value).replace(" ", ", ") + "]";
    }
    if (value instanceof ImmutableIntArray) {
      return "[" + SettingKey.text(value).replace(",", ", ") + "]";
    }
    return value instanceof String text ? quoted(text) : SettingKey.text(value);
  }

  private static String quoted(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
