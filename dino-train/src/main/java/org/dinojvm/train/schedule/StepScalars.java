package org.dinojvm.train.schedule;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;

/**
 * What is fed to a step.
 *
 * @param step number of the optimizer step, from 0; seeds the stochastic depth
 * @param schedules by name: {@value #LEARNING_RATE}, {@value #WEIGHT_DECAY} and the objective's own
 * @param frozen whether the optimizer skips the objective's frozen weights
 */
public record StepScalars(long step, ImmutableMap<String, Double> schedules, boolean frozen) {

  /** Name of the optimizer's rate. */
  public static final String LEARNING_RATE = "learning_rate";

  /** Name of the decay of the decayed weights. */
  public static final String WEIGHT_DECAY = "weight_decay";

  /** A scheduled number by its name. */
  public double scheduled(String name) {
    Double value = schedules.get(name);
    checkArgument(value != null, "no value for %s, only for %s", name, schedules.keySet());
    return value;
  }
}
