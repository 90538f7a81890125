package org.dinojvm.explore.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.eval.EvaluationListener;
import org.dinojvm.eval.KeptResults;

/**
 * What a run's folder tells of its training, as the page shows it.
 *
 * @param settings the effective configuration, YAML
 * @param log lines of {@code log.jsonl}, thinned evenly if there are too many to draw
 * @param warnings of the run's health, the first ones first
 * @param evaluations lines of the logs of evaluations
 */
public record RunRecord(
    String settings,
    ImmutableList<JsonNode> log,
    ImmutableList<JsonNode> warnings,
    ImmutableList<JsonNode> evaluations) {

  private static final String LOG = "log.jsonl";
  private static final int MOST_POINTS = 2000;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The folder of the run that a model belongs to; empty if it is of none. */
  public static Optional<Path> folderOf(Path model) {
    if (Files.isRegularFile(model.resolve(LOG))) {
      return Optional.of(model);
    }
    return KeptResults.of(model).map(KeptResults::run);
  }

  /** Reads a run's folder, also while it is training. */
  public static RunRecord read(Path run) throws IOException {
    List<JsonNode> lines = lines(run.resolve(LOG));
    ImmutableList.Builder<JsonNode> warnings = ImmutableList.builder();
    for (JsonNode line : lines) {
      for (JsonNode warning : line.path("warnings")) {
        warnings.add(
            JSON.valueToTree(
                ImmutableMap.of(
                    "step", line.path("step").asLong(),
                    "kind", warning.path("kind").asText(),
                    "message", warning.path("message").asText())));
      }
    }
    Path config = run.resolve(Checkpoints.CONFIG);
    return new RunRecord(
        Files.exists(config) ? Files.readString(config) : "",
        thinned(lines),
        warnings.build(),
        ImmutableList.<JsonNode>builder()
            .addAll(lines(run.resolve(EvaluationListener.LOG)))
            .addAll(lines(run.resolve(KeptResults.LOG)))
            .build());
  }

  private static ImmutableList<JsonNode> thinned(List<JsonNode> lines) {
    int every = (lines.size() + MOST_POINTS - 1) / MOST_POINTS;
    ImmutableList.Builder<JsonNode> kept = ImmutableList.builder();
    for (int i = 0; i < lines.size(); i++) {
      if ((lines.size() - 1 - i) % every == 0) {
        kept.add(lines.get(i));
      }
    }
    return kept.build();
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        try {
          lines.add(JSON.readTree(line));
        } catch (IOException e) {
          // Half a line, while the run is writing it.
        }
      }
    }
    return lines;
  }
}
