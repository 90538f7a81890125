package org.dinojvm.train.objective;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import java.util.function.Predicate;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.optimizer.WeightRule;
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
   * Checks that the objective can be had of such a network on such views.
   *
   * @throws IllegalArgumentException naming key, value, rule and the way out
   */
  default void validate(BackboneSettings backbone, MultiCrop views) {}

  /**
   * Numbers that change with the step, by the name under which {@link StepInputs#scheduled} gives
   * and the log shows them. An objective whose {@link #loss} asks for weights of the teacher has
   * one named {@link #MOMENTUM}: after each step they follow the student's of the same name by EMA.
   */
  default ImmutableMap<String, Schedule> schedules(RunLength run) {
    return ImmutableMap.of();
  }

  /**
   * {@link #schedules(RunLength)} and those that depend on the optimizer, as a learning rate that
   * some weights have of their own.
   *
   * @param workers that train together
   */
  default ImmutableMap<String, Schedule> schedules(
      OptimizerSettings optimizer, RunLength run, int workers) {
    return schedules(run);
  }

  /**
   * Whether the teacher follows by EMA before its forward pass, from the student's weights as they
   * are before this step's update (MoCo v3), instead of after the update. The student's forward
   * pass then stands first in {@link #loss}.
   */
  default boolean teacherFollowsFirst() {
    return false;
  }

  /**
   * Whether the teacher follows the student's weights as they were before this step's update, so
   * that it is a step behind.
   */
  default boolean teacherLags() {
    return false;
  }

  /**
   * Weights that keep their initial value: that value by name below {@code student.}. Those that
   * the network does not have do not count.
   */
  default ImmutableMap<String, Initializer> fixedWeights(Backbone backbone) {
    return ImmutableMap.of();
  }

  /**
   * How the optimizer treats a weight.
   *
   * @param weight of the student
   * @param decayAll whether the run decays biases and norms, too
   */
  default WeightRule rule(Variable weight, boolean decayAll) {
    return WeightRule.of(weight, decayAll);
  }

  /** How many global crops of each picture it takes. */
  default int globalCrops() {
    return 2;
  }

  /**
   * How many random numbers the objective takes for each global crop, as for masks.
   *
   * @param patches of a global crop, squares of the backbone's stride
   */
  default int draws(int patches) {
    return 0;
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

  /**
   * Weights that the optimizer skips in the first steps: no update, no decay, no moments, and no
   * count of updates, for which they have a counter of their own.
   *
   * @param name of the group, part of its counter's key in checkpoints
   * @param weights tells by a weight's name below {@code student.} whether it belongs to the group
   */
  record FrozenWeights(String name, Predicate<String> weights) {}
}
