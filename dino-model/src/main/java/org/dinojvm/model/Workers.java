package org.dinojvm.model;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The processes that train one network together, each on pictures of its own, as many as the
 * others. All of them build the same graph, so what one of them sums or gathers, all do, in the
 * same order.
 *
 * <p>Both operations are differentiable where the loss is the sum of the workers' losses: the
 * gradient of {@link #sum} is the sum of the workers' gradients, that of {@link #gather} is this
 * worker's part of their sum.
 */
public interface Workers {

  /** A single worker: nothing is added to the graph. */
  Workers ONE =
      new Workers() {
        @Override
        public int rank() {
          return 0;
        }

        @Override
        public int count() {
          return 1;
        }

        @Override
        public Operand<TFloat32> sum(Ops tf, Operand<TFloat32> value) {
          return value;
        }

        @Override
        public Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value) {
          return value;
        }
      };

  /** Number of this worker, from 0. */
  int rank();

  /** How many there are. */
  int count();

  /** The sum of the workers' values, in each of them: of the value's shape. */
  Operand<TFloat32> sum(Ops tf, Operand<TFloat32> value);

  /** The workers' values in order of rank, in each of them: [n, …] → [count·n, …]. */
  Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value);

  /** The mean of the workers' values, in each of them: of the value's shape. */
  default Operand<TFloat32> mean(Ops tf, Operand<TFloat32> value) {
    return count() == 1 ? value : tf.math.mul(sum(tf, value), tf.constant(1f / count()));
  }
}
