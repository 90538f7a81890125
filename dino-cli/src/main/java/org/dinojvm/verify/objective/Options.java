package org.dinojvm.verify.objective;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.dinojvm.verify.ReferenceFile;

/**
 * Options in a file's metadata, which are JSON.
 *
 * @param json an object
 */
record Options(JsonNode json) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The object under a key of the metadata. */
  static Options of(ReferenceFile file, String key) {
    JsonNode json = parse(file, key);
    checkArgument(json.isObject(), "'%s' in the metadata is no JSON object", key);
    return new Options(json);
  }

  /** The texts in the list under a key of the metadata. */
  static ImmutableList<String> texts(ReferenceFile file, String key) {
    ImmutableList.Builder<String> texts = ImmutableList.builder();
    parse(file, key).forEach(text -> texts.add(text.asText()));
    return texts.build();
  }

  private static JsonNode parse(ReferenceFile file, String key) {
    try {
      return MAPPER.readTree(file.text(key));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("'%s' in the metadata is no JSON".formatted(key), e);
    }
  }

  /** The objects in it by name, in their order. */
  ImmutableMap<String, Options> objects() {
    ImmutableMap.Builder<String, Options> objects = ImmutableMap.builder();
    json.properties().forEach(entry -> objects.put(entry.getKey(), new Options(entry.getValue())));
    return objects.buildOrThrow();
  }

  boolean has(String key) {
    return json.has(key);
  }

  Options at(String key) {
    return new Options(required(key));
  }

  private JsonNode required(String key) {
    JsonNode value = json.get(key);
    checkArgument(value != null, "no option '%s' in %s", key, json);
    return value;
  }

  ImmutableList<String> list(String key) {
    ImmutableList.Builder<String> texts = ImmutableList.builder();
    required(key).forEach(text -> texts.add(text.asText()));
    return texts.build();
  }

  String text(String key) {
    JsonNode value = required(key);
    checkArgument(value.isTextual(), "option '%s' is %s, not a text", key, value);
    return value.asText();
  }

  int whole(String key) {
    JsonNode value = required(key);
    checkArgument(value.canConvertToInt(), "option '%s' is %s, not a whole number", key, value);
    return value.asInt();
  }

  double number(String key) {
    JsonNode value = required(key);
    checkArgument(value.isNumber(), "option '%s' is %s, not a number", key, value);
    return value.asDouble();
  }

  boolean flag(String key) {
    JsonNode value = required(key);
    checkArgument(value.isBoolean(), "option '%s' is %s, not true or false", key, value);
    return value.asBoolean();
  }
}
