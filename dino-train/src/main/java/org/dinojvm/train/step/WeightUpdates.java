package org.dinojvm.train.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.train.objective.Objective.FrozenWeights;
import org.dinojvm.train.optimizer.Ema;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.optimizer.StepCounter;
import org.dinojvm.train.optimizer.WeightRule;
import org.dinojvm.train.schedule.StepScalars;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * How a step changes student and teacher: the optimizer updates the student's weights, then the
 * teacher's follow. Weights that are frozen at first have a second, shorter way: the optimizer
 * skips them, the teacher follows all the same.
 */
final class WeightUpdates {

  private final Ops tf;
  private final Optimizer optimizer;
  private final Params slots;
  private final Function<String, Operand<TFloat64>> schedules;
  private final Function<Variable, WeightRule> rules;
  private final StepCounter updates;
  private final Optional<Frozen> frozen;
  private final double beta2;
  private final boolean lagging;

  private final List<Op> always = new ArrayList<>();
  private final List<Op> thawedOnly = new ArrayList<>();
  private final List<Op> frozenOnly = new ArrayList<>();

  /** Weights that are frozen at first, and how many updates they have had. */
  private record Frozen(FrozenWeights weights, StepCounter updates) {}

  /**
   * Updates of nothing yet.
   *
   * @param slots registry of the optimizer's own variables
   * @param schedules gives this step's value by name, a scalar
   * @param rules how each weight is treated
   * @param beta2 AdamW's share of the old second moment
   * @param lagging whether followers take weights as they were before the update
   */
  WeightUpdates(
      Ops tf,
      Optimizer optimizer,
      Params slots,
      Function<String, Operand<TFloat64>> schedules,
      Function<Variable, WeightRule> rules,
      Optional<FrozenWeights> frozenWeights,
      double beta2,
      boolean lagging) {
    this.beta2 = beta2;
    this.lagging = lagging;
    this.tf = tf;
    this.optimizer = optimizer;
    this.slots = slots;
    this.schedules = schedules;
    this.rules = rules;
    updates = StepCounter.create(tf, "optimizer.updates");
    frozen =
        frozenWeights.map(
            weights ->
                new Frozen(
                    weights, StepCounter.create(tf, "optimizer." + weights.name() + "_updates")));
    always.add(updates.increment());
    frozen.ifPresent(group -> thawedOnly.add(group.updates().increment()));
  }

  /**
   * Adds the updates of all weights.
   *
   * @param gradients clipped, for each weight of the student that is trained; the others stay equal
   *     to their followers
   * @param oneMinusMomentum 1 − m of the teacher's EMA, scalar; absent where nothing follows
   */
  void add(
      Params student,
      Params teacher,
      Map<Variable, Operand<TFloat32>> gradients,
      Optional<Operand<TFloat32>> oneMinusMomentum) {
    for (Variable weight : student.variables()) {
      Optional<Variable> follower =
          oneMinusMomentum.flatMap(m -> teacher.find(student.relativeName(weight)));
      switch (weight.kind()) {
        case STATE -> {} // the teacher has running statistics of its own
        case FIXED -> follow(tf, follower, weight, oneMinusMomentum, always);
        case TRAINED -> {
          if (gradients.containsKey(weight)) { // else it is in a frozen block
            addTrained(weight, follower, gradients.get(weight), oneMinusMomentum);
          }
        }
      }
    }
  }

  private void addTrained(
      Variable weight,
      Optional<Variable> follower,
      Operand<TFloat32> gradient,
      Optional<Operand<TFloat32>> oneMinusMomentum) {
    Optional<Frozen> group =
        frozen.filter(candidate -> candidate.weights().weights().test(weight.name()));
    StepCounter counter = group.map(Frozen::updates).orElse(updates);
    Optional<Op> stored = weight.isDerived() ? Optional.of(store(tf, weight)) : Optional.empty();
    Ops ready = stored.map(tf::withControlDependencies).orElse(tf);
    Op applied = optimizer.apply(ready, slots, weight, gradient, rates(weight, counter));
    List<Op> target = group.isPresent() ? thawedOnly : always;
    target.add(applied);
    follow(tf.withControlDependencies(applied), follower, weight, oneMinusMomentum, target);
    if (group.isPresent()) {
      stored.ifPresent(frozenOnly::add);
      follow(ready, follower, weight, oneMinusMomentum, frozenOnly);
    }
  }

  private Optimizer.Rates rates(Variable weight, StepCounter counter) {
    WeightRule rule = rules.apply(weight);
    return new Optimizer.Rates(
        times(schedules.apply(rule.schedule()), rule.rateFactor()),
        times(schedules.apply(StepScalars.WEIGHT_DECAY), rule.decayFactor()),
        rule.decayFactor() != 0,
        beta2,
        counter.next(tf));
  }

  /** A scalar; itself where nothing changes. */
  private Operand<TFloat64> times(Operand<TFloat64> number, double factor) {
    return factor == 1 || factor == 0 ? number : tf.math.mul(number, tf.constant(factor));
  }

  /** Stores the value that networks computed with. */
  private static Op store(Ops tf, Variable weight) {
    return tf.assignVariableOp(weight.handle(), weight.value());
  }

  private void follow(
      Ops ops,
      Optional<Variable> follower,
      Variable weight,
      Optional<Operand<TFloat32>> oneMinusMomentum,
      List<Op> target) {
    follower.ifPresent(
        variable ->
            target.add(
                variable.isDerived() // it followed before the forward pass
                    ? store(ops, variable)
                    : followed(ops, variable, weight, oneMinusMomentum.orElseThrow())));
  }

  private Op followed(
      Ops ops, Variable follower, Variable weight, Operand<TFloat32> oneMinusMomentum) {
    return lagging
        ? Ema.follow(ops, follower, weight.value(), oneMinusMomentum)
        : Ema.follow(ops, follower, weight, oneMinusMomentum);
  }

  /** What every step does. */
  List<Op> always() {
    return always;
  }

  /** What a step does besides, unless weights are frozen. */
  List<Op> thawedOnly() {
    return thawedOnly;
  }

  /** What a step does besides while weights are frozen. */
  List<Op> frozenOnly() {
    return frozenOnly;
  }

  /** The counters of updates, to be saved with the weights. */
  List<StepCounter> counters() {
    List<StepCounter> counters = new ArrayList<>(List.of(updates));
    frozen.ifPresent(group -> counters.add(group.updates()));
    return counters;
  }
}
