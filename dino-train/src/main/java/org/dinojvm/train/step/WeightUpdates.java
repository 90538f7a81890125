package org.dinojvm.train.step;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.train.objective.FrozenWeights;
import org.dinojvm.train.optimizer.Ema;
import org.dinojvm.train.optimizer.LayerRates;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.optimizer.StepCounter;
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
  private final LayerRates layers;
  private final Params slots;
  private final Operand<TFloat64> learningRate;
  private final Operand<TFloat64> weightDecay;
  private final StepCounter updates;
  private final Optional<Frozen> frozen;

  private final List<Op> always = new ArrayList<>();
  private final List<Op> thawedOnly = new ArrayList<>();
  private final List<Op> frozenOnly = new ArrayList<>();

  /** Weights that are frozen at first, and how many updates they have had. */
  private record Frozen(FrozenWeights weights, StepCounter updates) {}

  /**
   * Updates of nothing yet.
   *
   * @param layers the share of the learning rate that each weight has
   * @param slots registry of the optimizer's own variables
   */
  WeightUpdates(
      Ops tf,
      Optimizer optimizer,
      LayerRates layers,
      Params slots,
      Operand<TFloat64> learningRate,
      Operand<TFloat64> weightDecay,
      Optional<FrozenWeights> frozenWeights) {
    this.tf = tf;
    this.optimizer = optimizer;
    this.layers = layers;
    this.slots = slots;
    this.learningRate = learningRate;
    this.weightDecay = weightDecay;
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
    Map<Double, Operand<TFloat64>> rates = new LinkedHashMap<>();
    for (Variable weight : student.variables()) {
      Optional<Variable> follower =
          oneMinusMomentum.flatMap(m -> teacher.find(student.relativeName(weight)));
      switch (weight.kind()) {
        case STATE -> {} // the teacher has running statistics of its own
        case FIXED -> follow(tf, follower, weight, oneMinusMomentum, always);
        case TRAINED -> {
          if (gradients.containsKey(weight)) { // else it is in a frozen block
            String name = student.relativeName(weight);
            Operand<TFloat64> rate = rates.computeIfAbsent(layers.share(name), this::rate);
            addTrained(weight, rate, follower, gradients.get(weight), oneMinusMomentum);
          }
        }
      }
    }
  }

  /** A share of the step's learning rate, scalar. */
  private Operand<TFloat64> rate(double share) {
    return share == 1 ? learningRate : tf.math.mul(learningRate, tf.constant(share));
  }

  private void addTrained(
      Variable weight,
      Operand<TFloat64> rate,
      Optional<Variable> follower,
      Operand<TFloat32> gradient,
      Optional<Operand<TFloat32>> oneMinusMomentum) {
    Optional<Frozen> group =
        frozen.filter(candidate -> candidate.weights().weights().test(weight.name()));
    StepCounter counter = group.map(Frozen::updates).orElse(updates);
    Optimizer.Rates rates = new Optimizer.Rates(rate, weightDecay, counter.next(tf));
    Op applied = optimizer.apply(tf, slots, weight, gradient, rates);
    List<Op> target = group.isPresent() ? thawedOnly : always;
    target.add(applied);
    follow(tf.withControlDependencies(applied), follower, weight, oneMinusMomentum, target);
    if (group.isPresent()) {
      follow(tf, follower, weight, oneMinusMomentum, frozenOnly);
    }
  }

  private static void follow(
      Ops tf,
      Optional<Variable> follower,
      Variable weight,
      Optional<Operand<TFloat32>> oneMinusMomentum,
      List<Op> target) {
    follower.ifPresent(
        variable -> target.add(Ema.follow(tf, variable, weight, oneMinusMomentum.orElseThrow())));
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
