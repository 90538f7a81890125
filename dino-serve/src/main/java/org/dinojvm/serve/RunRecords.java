package org.dinojvm.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a run's folder says of the run, for the model card.
 *
 * @param pictures how many were trained on
 * @param evaluations what evaluations found at the checkpoint: numbers by name, by evaluation
 */
public record RunRecords(Optional<Integer> pictures, ImmutableMap<String, JsonNode> evaluations) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Nothing is known. */
  public static final RunRecords NONE = new RunRecords(Optional.empty(), ImmutableMap.of());

  /** The records of the run that a checkpoint lies in; a copy of one lies in none. */
  static RunRecords of(Path checkpoint) throws IOException {
    Path checkpoints = checkpoint.toAbsolutePath().normalize().getParent();
    if (checkpoints == null || checkpoints.getParent() == null) {
      return NONE;
    }
    Path run = checkpoints.getParent();
    return new RunRecords(
        pictures(run.resolve("pictures.json")),
        evaluations(
            checkpoint.toAbsolutePath().normalize().getFileName().toString(),
            run.resolve("evaluations.jsonl"),
            run.resolve("evaluate.jsonl")));
  }

  private static Optional<Integer> pictures(Path file) throws IOException {
    return Files.exists(file)
        ? Optional.of(JSON.readTree(file.toFile()).path("pictures").asInt())
        : Optional.empty();
  }

  /**
   * Of an evaluation with several lines for the checkpoint, the last counts.
   *
   * @param files what training wrote, then what was evaluated later
   */
  private static ImmutableMap<String, JsonNode> evaluations(String checkpoint, Path... files)
      throws IOException {
    ImmutableMap.Builder<String, JsonNode> numbers = ImmutableMap.builder();
    for (Path file : files) {
      if (Files.exists(file)) {
        Files.readAllLines(file).stream()
            .map(RunRecords::parse)
            .flatMap(Optional::stream)
            .filter(line -> line.path("checkpoint").asText().equals(checkpoint))
            .forEach(line -> numbers.put(line.path("evaluation").asText(), line.path("numbers")));
      }
    }
    return numbers.buildKeepingLast();
  }

  /** A kill may have cut off the last line. */
  private static Optional<JsonNode> parse(String line) {
    try {
      return Optional.of(JSON.readTree(line));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
