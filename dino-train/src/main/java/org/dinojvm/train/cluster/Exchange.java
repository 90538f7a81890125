package org.dinojvm.train.cluster;

import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt64;

/**
 * Whole numbers of each worker, made known to all: the sum of tables in which each has filled in
 * its own row.
 */
final class Exchange {

  private final int rank;
  private final int workers;
  private final int numbers;
  private final Placeholder<TInt64> own;
  private final Operand<TInt64> all;

  /**
   * Adds an exchange to a graph.
   *
   * @param numbers of each worker
   */
  Exchange(Ops tf, Collectives collectives, int numbers) {
    rank = collectives.rank();
    workers = collectives.count();
    this.numbers = numbers;
    own = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of((long) workers * numbers)));
    all = collectives.total(tf, own);
  }

  /**
   * Runs it.
   *
   * @param limits adds the limits of the run
   * @param given this worker's numbers
   * @return by rank
   */
  long[][] of(Session session, RunLimits limits, long... given) {
    long[] table = new long[workers * numbers];
    System.arraycopy(given, 0, table, rank * numbers, numbers);
    try (TInt64 fed = TInt64.tensorOf(NdArrays.vectorOf(table));
        Result result = limits.on(session.runner()).feed(own, fed).fetch(all).run()) {
      TInt64 sums = (TInt64) result.get(0);
      long[][] rows = new long[workers][numbers];
      for (int i = 0; i < table.length; i++) {
        rows[i / numbers][i % numbers] = sums.getLong(i);
      }
      return rows;
    }
  }
}
