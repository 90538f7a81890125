package org.dinojvm.compare;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/** Times a few steps, then ends the run: how many fit into a budget. */
final class StepTiming implements TrainingListener {

  /** What {@link org.dinojvm.train.run.StoppedException#reason} says of a run that ends so. */
  static final String REASON = "timed";

  /** Compilation and first reads. */
  private static final int NOT_TIMED = 3;

  private static final int TIMED = 5;

  /** Of slow steps fewer are enough. */
  private static final double ENOUGH_SECONDS = 20;

  private final List<Double> seconds = new ArrayList<>();
  private RunSummary run;
  private int steps;

  @Override
  public void started(RunSummary summary, long step, long allSteps) {
    run = summary;
  }

  @Override
  public void stepped(StepRecord record) {
    steps++;
    if (steps > NOT_TIMED) {
      seconds.add(run.batchTotal() / record.imagesPerSecond());
    }
  }

  @Override
  public Optional<String> stopRequested() {
    double sum = seconds.stream().mapToDouble(Double::doubleValue).sum();
    return seconds.size() >= TIMED || sum > ENOUGH_SECONDS ? Optional.of(REASON) : Optional.empty();
  }

  /** Median of the timed steps. */
  double secondsPerStep() {
    List<Double> sorted = new ArrayList<>(seconds);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  /** The whole epochs, one at least, whose time is nearest to a budget. */
  int epochsIn(Duration budget) {
    double epoch = secondsPerStep() * run.stepsPerEpoch();
    return (int) Math.max(1, Math.min(1_000_000, Math.round(budget.toNanos() / 1e9 / epoch)));
  }
}
