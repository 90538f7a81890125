package org.dinojvm.model.xla;

import java.util.Arrays;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;

/**
 * Sums inside {@linkplain Region regions}. XLA's compiler for processors writes to memory what is
 * to be summed, then adds it up number by number. Where slices of it are added to each other first,
 * whole vectors are added in the loop that computes them, and a fraction is written: sums take half
 * to a quarter of the time.
 */
public final class Sums {

  /** Shorter slices make slower loops. */
  private static final long SHORTEST_SLICE = 32;

  private static final long MOST_SLICES = 12;

  /** Of rows, which are longer than a vector each; more made no difference. */
  private static final long MOST_SLICES_OF_ROWS = 8;

  private Sums() {}

  /** Sums over the last dimension, which is kept: [.., d] → [.., 1]. The graph must know d. */
  public static Operand<TFloat32> overLast(Ops tf, Operand<TFloat32> x) {
    int last = x.shape().numDimensions() - 1;
    long size = x.shape().get(last);
    long slices = divisor(size, Math.min(MOST_SLICES, size / SHORTEST_SLICE));
    return tf.reduceSum(
        addedSlices(tf, x, last, slices), tf.constant(last), ReduceSum.keepDims(true));
  }

  /** Means over the last dimension, which is kept: [.., d] → [.., 1]. The graph must know d. */
  public static Operand<TFloat32> meanOverLast(Ops tf, Operand<TFloat32> x) {
    long size = x.shape().get(x.shape().numDimensions() - 1);
    return tf.math.mul(overLast(tf, x), tf.constant(1f / size));
  }

  /** Sums over the rows: [n, d] → [d]. */
  public static Operand<TFloat32> overRows(Ops tf, Operand<TFloat32> x) {
    long rows = x.shape().get(0);
    long slices = rows == Shape.UNKNOWN_SIZE ? 1 : divisor(rows, MOST_SLICES_OF_ROWS);
    return tf.reduceSum(addedSlices(tf, x, 0, slices), tf.constant(0));
  }

  /** The largest divisor of a number up to a limit; 1 if the limit is smaller. */
  private static long divisor(long number, long limit) {
    long divisor = Math.max(1, limit);
    while (number % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  private static Operand<TFloat32> addedSlices(
      Ops tf, Operand<TFloat32> x, int dimension, long slices) {
    if (slices == 1) {
      return x;
    }
    long size = x.shape().get(dimension) / slices;
    Operand<TFloat32> sum = slice(tf, x, dimension, 0, size);
    for (long i = 1; i < slices; i++) {
      sum = tf.math.add(sum, slice(tf, x, dimension, i * size, size));
    }
    return sum;
  }

  private static Operand<TFloat32> slice(
      Ops tf, Operand<TFloat32> x, int dimension, long from, long size) {
    long[] begin = new long[x.shape().numDimensions()];
    long[] sizes = new long[begin.length];
    Arrays.fill(sizes, -1); // to the end
    begin[dimension] = from;
    sizes[dimension] = size;
    return tf.slice(x, tf.constant(begin), tf.constant(sizes));
  }
}
