package org.dinojvm.eval;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dinojvm.checkpoint.Checkpoints;

/**
 * What {@code dino evaluate} finds of a run's checkpoint, kept in the run's folder: a line in
 * {@code evaluate.jsonl}, a file of its own because the run may be training at the same time, from
 * where it comes into the model card of exports.
 *
 * @param run the run's folder
 * @param checkpoint what was evaluated
 */
public record KeptResults(Path run, Path checkpoint) {

  /** The log's name in the run's folder. */
  public static final String LOG = "evaluate.jsonl";

  /** Where a model's results are kept: nowhere, unless it is a run or a checkpoint in one. */
  public static Optional<KeptResults> of(Path model) {
    if (!Files.isDirectory(model)) {
      return Optional.empty();
    }
    return Checkpoints.in(model)
        .map(checkpoint -> checkpoint.toAbsolutePath().normalize())
        .filter(checkpoint -> checkpoint.getParent().endsWith("checkpoints"))
        .map(checkpoint -> new KeptResults(checkpoint.getParent().getParent(), checkpoint));
  }

  /** The steps that the model was trained for. */
  public long step() {
    return Checkpoints.stepOf(checkpoint);
  }

  /**
   * Adds a line.
   *
   * @param evaluation its name
   * @param changed settings other than the defaults, by key
   * @param findings by the name of the model: {@code model} and its baselines
   */
  public void keep(
      String evaluation, Map<String, String> changed, ImmutableMap<String, Findings> findings)
      throws IOException {
    ImmutableMap.Builder<String, Object> line = ImmutableMap.builder();
    line.put("step", step());
    line.put("checkpoint", checkpoint.getFileName().toString());
    line.put("evaluation", label(evaluation, changed));
    findings.forEach(
        (model, found) -> line.put(model.equals("model") ? "numbers" : model, found.numbers()));
    Files.write(
        run.resolve(LOG),
        (new ObjectMapper().writeValueAsString(line.buildOrThrow()) + "\n").getBytes(UTF_8),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** As {@link Evaluations#named} reads it: {@code knn(k=20; whiten=true)}. */
  public static String label(String evaluation, Map<String, String> changed) {
    return changed.isEmpty()
        ? evaluation
        : changed.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue())
            .collect(Collectors.joining("; ", evaluation + "(", ")"));
  }
}
