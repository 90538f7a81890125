package org.dinojvm.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.JsonLines;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/**
 * Adds up the time of a run's steps and ends the run at the first step past a budget. Only steps
 * count: not what saves or evaluates, nor a session's first step, in which the graph is compiled.
 * The time is kept in {@code time.jsonl} of the run's folder, a line a step, so that a run that
 * goes on from a checkpoint has the time that it had there.
 */
final class TimeBudget implements TrainingListener {

  /** What {@link org.dinojvm.train.run.StoppedException#reason} says of a run that ends so. */
  static final String REASON = "budget";

  private static final String FILE = "time.jsonl";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Steps, the same in epochs, and the seconds that they took. */
  record Passed(long step, double epochs, double seconds) {}

  private final Optional<Duration> budget;
  private final Consumer<String> warn;
  private RunSummary run;
  private JsonLines lines;
  private double seconds;
  private boolean compiled;

  /**
   * A budget, or a clock alone.
   *
   * @param warn is told when the time cannot be written, and when it can again
   */
  TimeBudget(Optional<Duration> budget, Consumer<String> warn) {
    this.budget = budget;
    this.warn = warn;
  }

  /** What a run's steps took. */
  static List<Passed> read(Path runFolder) throws IOException {
    List<Passed> passed = new ArrayList<>();
    Path file = runFolder.resolve(FILE);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        JsonNode node = JSON.readTree(line);
        passed.add(
            new Passed(
                node.get("step").asLong(),
                node.get("epochs").asDouble(),
                node.get("seconds").asDouble()));
      }
    }
    return passed;
  }

  @Override
  public void started(RunSummary summary, long step, long steps) throws IOException {
    run = summary;
    lines =
        new JsonLines(
            run.folder().resolve(FILE),
            line -> line.path("step").asLong(Long.MAX_VALUE) <= step,
            warn);
    List<Passed> before = read(run.folder());
    seconds = before.isEmpty() ? 0 : before.get(before.size() - 1).seconds;
  }

  @Override
  public void stepped(StepRecord record) throws IOException {
    if (compiled) {
      seconds += run.batchTotal() / record.imagesPerSecond();
    }
    compiled = true;
    double epochs = (double) record.step() / run.stepsPerEpoch();
    lines.add(ImmutableMap.of("step", record.step(), "epochs", epochs, "seconds", seconds));
  }

  @Override
  public Optional<String> stopRequested() {
    return budget.filter(time -> seconds >= time.toNanos() / 1e9).map(time -> REASON);
  }

  @Override
  public void close() {
    if (lines != null) {
      lines.close();
    }
  }
}
