package org.dinojvm.eval.linear;

import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.framework.optimizers.Optimizer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * SGD with momentum as PyTorch's: v ← m v + g, w ← w − lr v. tensorflow-framework's {@code
 * Momentum} computes the same, but from a rate that is a constant of the graph and the same for
 * everything; here it is fed, one for each column of the variables, so that it can follow a
 * schedule, and so that classifiers side by side in one variable can each have their own. Slots,
 * gradients and the order of updates are the library's.
 */
final class HeadMomentum extends Optimizer {

  private static final String MOMENTUM = "momentum";

  private final Operand<TFloat32> rates;
  private final float momentum;
  private final float weightDecay;

  /**
   * An optimizer of all variables of a graph.
   *
   * @param rates [columns], of each column of the variables
   */
  HeadMomentum(Graph graph, Operand<TFloat32> rates, double momentum, double weightDecay) {
    super(graph);
    this.rates = rates;
    this.momentum = (float) momentum;
    this.weightDecay = (float) weightDecay;
  }

  @Override
  protected void createSlots(List<Output<? extends TType>> variables) {
    for (Output<? extends TType> variable : variables) {
      Output<TFloat32> floats = variable.expect(TFloat32.class);
      createSlot(floats.asOutput(), MOMENTUM, tf.zeros(tf.shape(floats), TFloat32.class));
    }
  }

  @Override
  protected <T extends TType> Op applyDense(Ops deps, Output<T> gradient, Output<T> variable) {
    Output<TFloat32> weights = variable.expect(TFloat32.class);
    Operand<TFloat32> slope = gradient.expect(TFloat32.class);
    if (weightDecay != 0) {
      slope = deps.math.add(slope, deps.math.mul(weights, deps.constant(weightDecay)));
    }
    Operand<TFloat32> slot = getSlot(weights, MOMENTUM).orElseThrow();
    Operand<TFloat32> velocity =
        deps.assign(slot, deps.math.add(deps.math.mul(slot, deps.constant(momentum)), slope));
    return deps.assignSub(weights, deps.math.mul(velocity, rates));
  }

  @Override
  public String getOptimizerName() {
    return "HeadMomentum";
  }
}
