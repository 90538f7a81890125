package org.dinojvm.budget;

import java.util.Map;
import java.util.Optional;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/**
 * Looks twice whether a session of a run ends at its time, and asks to stop where another number of
 * epochs would: machines are shared, get warm, and were timed for seconds only.
 */
final class BudgetWatch implements TrainingListener {

  /** What {@link org.dinojvm.train.run.StoppedException#reason} says of a run that ends so. */
  static final String REASON = "planned anew";

  /** Shares of the run, in steps or in time, whichever is there first. */
  private static final double[] LOOKS = {0.3, 0.65};

  private final Deadline deadline;
  private final double begin;
  private TrainConfig config;
  private long stepsPerEpoch;
  private long steps;
  private double lookTime;
  private long lookStep;
  private int looked;
  private Optional<TrainConfig> next = Optional.empty();

  /**
   * Watches a session.
   *
   * @param looked how often the sessions before it were looked at
   */
  BudgetWatch(Deadline deadline, int looked) {
    this.deadline = deadline;
    this.looked = looked;
    this.begin = deadline.secondsLeft();
  }

  @Override
  public void started(RunSummary run, long step, long allSteps) {
    config = run.config();
    stepsPerEpoch = run.stepsPerEpoch();
    steps = allSteps;
    lookStep = step + StepTiming.NOT_TIMED;
  }

  @Override
  public void stepped(StepRecord record) {
    long step = record.step();
    double left = deadline.secondsLeft();
    if (step <= lookStep) {
      lookTime = left;
    } else if (looked < LOOKS.length
        && step - lookStep >= StepTiming.TIMED
        && Math.max(ofSteps(step), ofTime(left)) >= LOOKS[looked]) {
      looked++;
      next = planned(step, left, (lookTime - left) / (step - lookStep));
      lookStep = step;
      lookTime = left;
    }
  }

  private double ofSteps(long step) {
    return (double) step / steps;
  }

  private double ofTime(double left) {
    return begin > 0 ? 1 - left / begin : 1;
  }

  /** The run in a length that ends in time; nothing if it does as it is, or cannot. */
  private Optional<TrainConfig> planned(long step, double left, double pace) {
    if (Math.abs(left - (steps - step) * pace) < deadline.tolerance()) {
      return Optional.empty();
    }
    double inTime = step + Math.max(0, left - deadline.restart()) / pace;
    long least = step / stepsPerEpoch + 1;
    long epochs =
        Math.min(deadline.mostEpochs(), Math.max(least, Math.round(inTime / stepsPerEpoch)));
    if (epochs == config.optimization().epochs()) {
      return Optional.empty();
    }
    try {
      return Optional.of(config.with(Map.of("epochs", (int) epochs, "extend", true)));
    } catch (IllegalArgumentException e) { // warm-ups that were asked for are longer than that
      return Optional.empty();
    }
  }

  @Override
  public Optional<String> stopRequested() {
    return next.map(any -> REASON);
  }

  /** What the run goes on as, after it was asked to stop. */
  TrainConfig next() {
    return next.orElseThrow();
  }

  /** How often the run was looked at. */
  int looked() {
    return looked;
  }
}
