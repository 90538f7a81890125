package org.dinojvm.train.objective;

import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;

/**
 * An autoencoder tells the same of all patches: what it predicts explains nothing of their
 * variance.
 */
final class ReconstructionCollapse extends Collapse {

  /** Pixels are told from the mean of their patch late. */
  private static final int LEAST_STEPS = 500;

  private static final double ILL = 0.005;
  private static final double WELL = 0.01;

  ReconstructionCollapse(OptimizerSettings optimizer, RunLength run) {
    super(optimizer, run, LEAST_STEPS);
  }

  @Override
  public String name() {
    return "RECONSTRUCTION_COLLAPSE";
  }

  @Override
  Verdict verdict() {
    double explained = mean(Mae.EXPLAINED);
    return Verdict.of(explained < ILL, explained > WELL);
  }

  @Override
  public String message() {
    return HealthCheck.line(
        "collapse: the loss is %.3f and predictions explain %.4f of the removed pixels' variance,"
            + " no more than one patch for all would. Raise --lr if it is small, else lower it, or"
            + " lower --removed_share",
        mean(StepRecord.LOSS), mean(Mae.EXPLAINED));
  }
}
