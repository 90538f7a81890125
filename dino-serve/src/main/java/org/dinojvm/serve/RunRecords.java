package org.dinojvm.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a run's folder says of the run, for the model card.
 *
 * @param pictures how many were trained on
 * @param knn the teacher's k-NN accuracy at the checkpoint, a line of {@code knn.jsonl}
 */
public record RunRecords(Optional<Integer> pictures, Optional<JsonNode> knn) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Nothing is known. */
  public static final RunRecords NONE = new RunRecords(Optional.empty(), Optional.empty());

  /** The records of the run that a checkpoint lies in; a copy of one lies in none. */
  static RunRecords of(Path checkpoint) throws IOException {
    Path checkpoints = checkpoint.toAbsolutePath().normalize().getParent();
    if (checkpoints == null || checkpoints.getParent() == null) {
      return NONE;
    }
    Path run = checkpoints.getParent();
    return new RunRecords(
        pictures(run.resolve("pictures.json")),
        knn(
            run.resolve("knn.jsonl"),
            checkpoint.toAbsolutePath().normalize().getFileName().toString()));
  }

  private static Optional<Integer> pictures(Path file) throws IOException {
    return Files.exists(file)
        ? Optional.of(JSON.readTree(file.toFile()).path("pictures").asInt())
        : Optional.empty();
  }

  private static Optional<JsonNode> knn(Path file, String checkpoint) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    return Files.readAllLines(file).stream()
        .map(RunRecords::parse)
        .flatMap(Optional::stream)
        .filter(line -> line.path("checkpoint").asText().equals(checkpoint))
        .reduce((earlier, later) -> later);
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
