package org.dinojvm.train.objective;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;

/**
 * What makes networks learn: how a batch of views becomes a loss. An implementation is a record
 * whose components are its settings, so that one that exists makes sense.
 *
 * <p>All that an objective reports has a name, which leads from here to log, TensorBoard and
 * console; nothing else in the program knows what an objective computes.
 */
public interface Objective {

  /** Name of the schedule that is the momentum of the teacher's EMA. */
  String MOMENTUM = "momentum";

  /**
   * Adds the forward passes and the loss of one batch to the graph.
   *
   * @param inputs views, networks' weights, schedules
   */
  Loss loss(StepInputs inputs);

  /**
   * Checks this objective's settings against the optimizer's.
   *
   * @throws IllegalArgumentException naming key, value, rule and the way out
   */
  default void validate(OptimizerSettings optimizer) {}

  /**
   * Numbers that change with the step, by the name under which {@link StepInputs#scheduled} gives
   * and the log shows them. An objective whose {@link #loss} asks for weights of the teacher has
   * one named {@link #MOMENTUM}: after each step they follow the student's of the same name by EMA.
   */
  default ImmutableMap<String, Schedule> schedules(RunLength run) {
    return ImmutableMap.of();
  }

  /** Weights that the optimizer leaves as they are at first, if any. */
  default Optional<FrozenWeights> frozenWeights() {
    return Optional.empty();
  }

  /** For how many steps {@link #frozenWeights} stay as they are. */
  default long frozenSteps(RunLength run) {
    return 0;
  }

  /** How this objective's networks show that they have collapsed. */
  default ImmutableList<HealthCheck> healthChecks(OptimizerSettings optimizer, RunLength run) {
    return ImmutableList.of();
  }

  /** The metrics that the console shows beside the loss: label by name. */
  default ImmutableMap<String, String> consoleMetrics() {
    return ImmutableMap.of();
  }

  /**
   * Multiply-accumulate operations of matrix products and convolutions for one picture.
   *
   * @param views sizes and number of the crops
   */
  Macs macs(Backbone backbone, MultiCrop views);

  /**
   * Multiply-accumulate operations for one picture.
   *
   * @param teacher forward passes without gradients
   * @param student forward passes with gradients
   */
  record Macs(double teacher, double student) {}
}
