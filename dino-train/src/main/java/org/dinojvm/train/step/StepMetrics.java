package org.dinojvm.train.step;

import com.google.common.collect.ImmutableMap;
import org.dinojvm.train.log.StepRecord;

/**
 * What a step reports.
 *
 * @param values by name: {@value StepRecord#LOSS}, what the objective reports, {@value
 *     StepRecord#GRADIENT_NORM}
 * @param secondsWaited for the views of all of the step's batches
 * @param stopAsked whether one of several workers was asked to stop
 */
public record StepMetrics(
    ImmutableMap<String, Double> values, double secondsWaited, boolean stopAsked) {

  /** The loss. */
  public double loss() {
    return values.get(StepRecord.LOSS);
  }

  /** The norm over all gradients before clipping. */
  public double gradientNorm() {
    return values.get(StepRecord.GRADIENT_NORM);
  }

  /** Whether training can go on from here. */
  public boolean isFinite() {
    return Double.isFinite(loss()) && Double.isFinite(gradientNorm());
  }
}
