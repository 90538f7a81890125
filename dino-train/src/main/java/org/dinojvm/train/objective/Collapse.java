package org.dinojvm.train.objective;

import com.google.common.collect.EvictingQueue;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;

/** A collapse that shows in the means of metrics over some steps. */
abstract class Collapse implements HealthCheck {

  /** Steps whose means are judged. */
  private static final int WINDOW = 20;

  /**
   * A new network, whose answers differ little, looks collapsed while the rate is near 0: judged is
   * what comes after the first epoch and the warm-up, or so much of it.
   */
  private static final int LEAST_STEPS = 50;

  private static final int MOST_WARM_UP = 500;

  private final EvictingQueue<StepRecord> window = EvictingQueue.create(WINDOW);
  private final long judgedAfter;

  Collapse(OptimizerSettings optimizer, RunLength run) {
    this(optimizer, run, LEAST_STEPS);
  }

  /**
   * A check of networks that learn slowly at first.
   *
   * @param leastSteps that are not judged
   */
  Collapse(OptimizerSettings optimizer, RunLength run, int leastSteps) {
    long warmUp = Math.min(MOST_WARM_UP, optimizer.warmupEpochs() * run.stepsPerEpoch());
    judgedAfter = Math.max(leastSteps, Math.max(run.stepsPerEpoch(), warmUp));
  }

  @Override
  public final Verdict add(StepRecord step) {
    window.add(step);
    return window.remainingCapacity() == 0 && step.step() > judgedAfter
        ? verdict()
        : Verdict.UNCLEAR;
  }

  abstract Verdict verdict();

  final double mean(String metric) {
    return window.stream().mapToDouble(step -> step.metric(metric)).average().orElseThrow();
  }
}
