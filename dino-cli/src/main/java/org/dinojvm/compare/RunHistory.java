package org.dinojvm.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.eval.EvaluationListener;
import org.dinojvm.train.config.TrainConfig;

/**
 * How a run went.
 *
 * @param epochs that its schedules are laid out for
 * @param epochsTrained steps by those of an epoch
 * @param steps trained
 * @param seconds of its steps
 * @param pictures seen, each in all of its views
 * @param points evaluations during the run, the first one first
 */
record RunHistory(
    int epochs,
    double epochsTrained,
    long steps,
    double seconds,
    long pictures,
    ImmutableList<Point> points) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Evaluations after some steps: value by name, by evaluation. */
  record Point(
      long step, double seconds, long pictures, ImmutableMap<String, Map<String, Double>> scores) {}

  /**
   * Reads a run's folder.
   *
   * @param checkpoint the run's last one
   */
  static RunHistory read(Path folder, Path checkpoint) throws IOException {
    TrainConfig config = TrainConfig.read(folder.resolve(Checkpoints.CONFIG));
    long batch = config.optimization().batchTotal();
    Map<Long, TimeBudget.Passed> passed = new LinkedHashMap<>();
    passed.put(0L, new TimeBudget.Passed(0, 0, 0));
    TimeBudget.read(folder).forEach(one -> passed.put(one.step(), one));
    TimeBudget.Passed last = Iterables.getLast(passed.values());
    long steps = Checkpoints.stepOf(checkpoint);
    ImmutableList.Builder<Point> points = ImmutableList.builder();
    evaluations(folder)
        .forEach(
            (step, scores) ->
                points.add(
                    new Point(
                        step,
                        passed.getOrDefault(step, last).seconds(),
                        step * batch,
                        ImmutableMap.copyOf(scores))));
    return new RunHistory(
        config.optimization().epochs(),
        passed.getOrDefault(steps, last).epochs(),
        steps,
        passed.getOrDefault(steps, last).seconds(),
        steps * batch,
        points.build());
  }

  private static Map<Long, Map<String, Map<String, Double>>> evaluations(Path folder)
      throws IOException {
    Map<Long, Map<String, Map<String, Double>>> found = new LinkedHashMap<>();
    Path log = folder.resolve(EvaluationListener.LOG);
    List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
    for (String line : lines) {
      JsonNode node = JSON.readTree(line);
      Map<String, Double> numbers = new LinkedHashMap<>();
      node.get("numbers")
          .properties()
          .forEach(e -> numbers.put(e.getKey(), e.getValue().asDouble()));
      found
          .computeIfAbsent(
              Checkpoints.stepOf(Path.of(node.get("checkpoint").asText())),
              step -> new LinkedHashMap<>())
          .put(node.get("evaluation").asText(), numbers);
    }
    return found;
  }
}
