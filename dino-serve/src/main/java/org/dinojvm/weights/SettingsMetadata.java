package org.dinojvm.weights;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * Settings in the metadata of a safetensors file, as {@code dino.num_heads: 6}: what a network's
 * user must know and its weights do not tell.
 */
final class SettingsMetadata {
  private static final String PREFIX = "dino.";

  private SettingsMetadata() {}

  static ImmutableMap<String, String> of(Map<String, String> settings) {
    ImmutableMap.Builder<String, String> metadata = ImmutableMap.builder();
    settings.forEach((key, value) -> metadata.put(PREFIX + key, value));
    return metadata.buildOrThrow();
  }

  static ImmutableMap<String, String> settings(Map<String, String> metadata) {
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX)) {
            settings.put(key.substring(PREFIX.length()), value);
          }
        });
    return settings.buildOrThrow();
  }
}
