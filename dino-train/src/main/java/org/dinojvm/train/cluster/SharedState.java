package org.dinojvm.train.cluster;

import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.train.optimizer.StepCounter;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * All that a run keeps in variables, which are the same on all workers: taken over from the chief,
 * and held against each other by a checksum.
 */
final class SharedState {

  /** Odd, so that no bit of a variable's sum is lost when it is multiplied by a power of it. */
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

  private final Op takeOver;
  private final Operand<TInt64> checksum;

  /**
   * Adds the ops.
   *
   * @param variables that are equal on all workers after each step
   * @param counters also taken over
   */
  SharedState(
      Ops tf, Collectives collectives, List<Variable> variables, List<StepCounter> counters) {
    List<Op> taken = new ArrayList<>();
    List<Operand<TInt64>> sums = new ArrayList<>();
    long factor = 1;
    for (Variable variable : variables) {
      Operand<TFloat32> chiefs =
          collectives.ofChief(tf, variable.stored(), variable.shape(), TFloat32.class);
      taken.add(collectives.rank() == 0 ? chiefs : tf.assignVariableOp(variable.handle(), chiefs));
      sums.add(tf.math.mul(bits(tf, variable.stored()), tf.constant(factor)));
      factor *= FACTOR;
    }
    for (StepCounter counter : counters) {
      Operand<TInt64> chiefs =
          collectives.ofChief(tf, counter.value(), Shape.scalar(), TInt64.class);
      taken.add(collectives.rank() == 0 ? chiefs : tf.assignVariableOp(counter.handle(), chiefs));
    }
    takeOver = tf.withControlDependencies(taken).noOp();
    checksum = tf.math.addN(sums);
  }

  /** The sum of the numbers' bits as whole numbers, which does not depend on their order: []. */
  private static Operand<TInt64> bits(Ops tf, Operand<TFloat32> values) {
    Operand<TInt64> asLongs = tf.dtypes.cast(tf.bitcast(values, TInt32.class), TInt64.class);
    return tf.reduceSum(tf.reshape(asLongs, tf.constant(new int[] {-1})), tf.constant(0));
  }

  /** Gives every worker what the chief has; all run it. */
  void takeOver(Session session, RunLimits limits) {
    limits.on(session.runner()).addTarget(takeOver).run().close();
  }

  /** A checksum of this worker's variables, which it computes by itself. */
  long checksum(Session session) {
    try (Result result = session.runner().fetch(checksum).run()) {
      return ((TInt64) result.get(0)).getLong();
    }
  }
}
