package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The {@code config.json} that transformers keeps beside the weights of a ViTModel. */
final class HuggingFaceConfig {
  private static final String FILE = "config.json";
  private static final String HEADS = "num_attention_heads";
  private static final ObjectMapper JSON = new ObjectMapper();

  private HuggingFaceConfig() {}

  /**
   * What the file beside some weights says that they do not: the number of heads.
   *
   * @return empty if there is no such file
   */
  static ImmutableMap<String, String> settingsBeside(Path weights) {
    Path file = weights.resolveSibling(FILE);
    if (!Files.exists(file)) {
      return ImmutableMap.of();
    }
    JsonNode heads = read(file).path(HEADS);
    checkArgument(heads.canConvertToInt(), "%s beside it has no whole number %s", FILE, HEADS);
    return ImmutableMap.of("num_heads", heads.asText());
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new IllegalArgumentException("%s beside it is not valid JSON".formatted(FILE), e);
    }
  }
}
