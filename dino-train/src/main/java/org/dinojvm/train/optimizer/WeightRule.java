package org.dinojvm.train.optimizer;

import org.dinojvm.model.Params.Variable;
import org.dinojvm.train.schedule.StepScalars;

/**
 * How the optimizer treats a weight beside the others.
 *
 * @param schedule name of its learning rate's schedule
 * @param rateFactor of the learning rate
 * @param decayFactor of the weight decay; 0 for none
 */
public record WeightRule(String schedule, double rateFactor, double decayFactor) {

  /**
   * The usual rule: decay for tensors of two or more dimensions, see {@link Variable#decayed}.
   *
   * @param decayAll whether all others are decayed, too
   */
  public static WeightRule of(Variable weight, boolean decayAll) {
    boolean decayed = decayAll || weight.decayed();
    return new WeightRule(StepScalars.LEARNING_RATE, 1, decayed ? 1 : 0);
  }

  /** The same with another factor of the learning rate. */
  public WeightRule atRate(double factor) {
    return new WeightRule(schedule, factor, decayFactor);
  }

  /** The same with another schedule of the learning rate. */
  public WeightRule on(String other) {
    return new WeightRule(other, rateFactor, decayFactor);
  }
}
