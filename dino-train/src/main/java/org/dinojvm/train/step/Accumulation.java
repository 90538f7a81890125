package org.dinojvm.train.step;

import static org.dinojvm.model.Initializer.zeros;

import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Params;
import org.dinojvm.model.Workers;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Means over the N batches of one optimizer step. The first batch sets the sums, so that nothing of
 * a step that was cut short is ever left in them: they need no initial value and no place in a
 * checkpoint. The last batch only reads them. One batch a step adds nothing to the graph.
 */
final class Accumulation {

  private final Ops tf;
  private final int batches;
  private final Workers workers;
  private final Params sums;
  private final List<Op> first = new ArrayList<>();
  private final List<Op> further = new ArrayList<>();

  /**
   * An accumulation without sums.
   *
   * @param batches N, at least 1
   * @param workers that train together
   */
  Accumulation(Ops tf, int batches, Workers workers) {
    this.tf = tf;
    this.batches = batches;
    this.workers = workers;
    sums = Params.create(tf, "accumulated", 0);
  }

  /**
   * The mean of a value over the step's batches, known when the last one runs.
   *
   * @param name of the value, new in this accumulation
   * @param value of the batch that runs
   */
  Operand<TFloat32> mean(String name, Shape shape, Operand<TFloat32> value) {
    if (batches == 1) {
      return value;
    }
    Params.Variable sum = sums.slot(name, shape, zeros());
    first.add(tf.assignVariableOp(sum.handle(), value));
    further.add(tf.assignAddVariableOp(sum.handle(), value));
    return tf.math.mul(tf.math.add(sum.value(), value), tf.constant(1f / batches));
  }

  /** {@link #mean}, and that over all workers: they meet once a step, with its last batch. */
  Operand<TFloat32> meanOfWorkers(String name, Shape shape, Operand<TFloat32> value) {
    return workers.mean(tf, mean(name, shape, value));
  }

  /** N. */
  int batches() {
    return batches;
  }

  /** What the first of several batches does. */
  List<Op> first() {
    return first;
  }

  /** What each batch between the first and the last does. */
  List<Op> further() {
    return further;
  }
}
