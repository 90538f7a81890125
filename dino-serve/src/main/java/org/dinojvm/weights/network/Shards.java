package org.dinojvm.weights.network;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.SmallFiles;
import org.dinojvm.weights.Weight;

/**
 * Weights in several safetensors files, and the JSON file that says which is where, as Hugging Face
 * stores large models.
 *
 * @param tensors by name, in the index's order
 * @param files the index, and its shards in the order of their first weight
 */
record Shards(ImmutableMap<String, Weight> tensors, ImmutableList<Path> files) {

  private static final String INDEX_END = ".safetensors.index.json";
  private static final String SINGLE = "model.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whether a file is an index, by its name: it is small, and no weights. */
  static boolean isIndex(Path file) {
    return file.toString().endsWith(".json");
  }

  /** The index or the one file of weights in a folder. */
  static Optional<Path> find(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      Optional<Path> index =
          files.filter(file -> file.toString().endsWith(INDEX_END)).sorted().findFirst();
      return index.or(() -> Optional.of(folder.resolve(SINGLE)).filter(Files::exists));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  /**
   * {@link #find}, which must find one.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Path fileIn(Path folder) {
    return find(folder)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s: neither %s nor *%s in the folder; give a file of weights"
                        .formatted(folder, SINGLE, INDEX_END)));
  }

  /**
   * Reads an index and its shards; the tensors are mapped, not copied.
   *
   * @throws IllegalArgumentException naming the file and what is missing or wrong
   */
  static Shards read(Path index) {
    JsonNode map = parse(index).path("weight_map");
    checkArgument(
        map.isObject() && !map.isEmpty(),
        "%s: no weight_map, so it is no index of safetensors shards",
        index);
    Map<Path, ImmutableMap<String, Weight>> shards = new LinkedHashMap<>();
    ImmutableMap.Builder<String, Weight> tensors = ImmutableMap.builder();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String name = Messages.printable(entry.getKey());
      Path shard = shard(index, entry.getValue(), name);
      Weight weight =
          shards
              .computeIfAbsent(shard, file -> Safetensors.read(file).tensors())
              .get(entry.getKey());
      checkArgument(
          weight != null,
          "%s: %s is not in %s, where the index has it; download both anew",
          index,
          name,
          shard.getFileName());
      tensors.put(entry.getKey(), weight);
    }
    return new Shards(
        tensors.buildOrThrow(),
        ImmutableList.<Path>builder().add(index).addAll(shards.keySet()).build());
  }

  private static Path shard(Path index, JsonNode name, String weight) {
    String text = name.asText();
    checkArgument(
        name.isTextual() && text.matches("[\\w.-]+") && !text.startsWith("."),
        "%s: the shard of %s is '%s'; expected the name of a file beside the index",
        index,
        weight,
        Messages.printable(text));
    Path shard = index.resolveSibling(text);
    checkArgument(
        Files.exists(shard),
        "%s: %s is missing, which holds %s; put it beside the index",
        index,
        text,
        weight);
    return shard;
  }

  private static JsonNode parse(Path index) {
    checkArgument(Files.exists(index), "%s: no such file", index);
    try {
      return JSON.readTree(SmallFiles.read(index));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(index + ": not valid JSON", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(index + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
