package org.dinojvm.bench;

import static com.google.common.base.Preconditions.checkArgument;

import org.dinojvm.serve.Precision;
import org.dinojvm.serve.Sessions;
import org.dinojvm.serve.ThreadSettings;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * A matrix product [m, k] · [k, n] of random numbers, by itself: the most that this runtime gets
 * out of the machine, which no training step can pass.
 */
public final class MatrixProduct implements AutoCloseable {

  /** Rows, inner dimension and columns. */
  public record Size(long m, long k, long n) {
    public Size {
      checkArgument(
          m >= 1 && k >= 1 && n >= 1,
          "illegal matrix product %s x %s x %s: all sides must be at least 1",
          m,
          k,
          n);
    }

    /** A square product. */
    public static Size square(long side) {
      return new Size(side, side, side);
    }

    double flop() {
      return 2.0 * m * k * n;
    }
  }

  private final Graph graph = new Graph();
  private final Session session;
  private final Op product;

  /**
   * Makes the matrices.
   *
   * @param threads that compute; 0 for all cores
   */
  public MatrixProduct(Size size, Precision precision, int threads) {
    Ops tf = Ops.create(graph);
    session =
        new Session(graph, Sessions.options(new ThreadSettings(threads, 0), Precision.FLOAT32));
    product =
        switch (precision) {
          case FLOAT32 -> product(tf, size, TFloat32.class);
          case BF16 -> product(tf, size, TBfloat16.class);
        };
  }

  private <T extends TFloating> Op product(Ops tf, Size size, Class<T> type) {
    Operand<T> a = matrix(tf, "a", size.m(), size.k(), type);
    Operand<T> b = matrix(tf, "b", size.k(), size.n(), type);
    return tf.linalg.matMul(a, b);
  }

  private <T extends TFloating> Operand<T> matrix(
      Ops tf, String name, long rows, long columns, Class<T> type) {
    Shape shape = Shape.of(rows, columns);
    VarHandleOp handle = tf.varHandleOp(type, shape, VarHandleOp.sharedName(name));
    Operand<TFloat32> values = tf.random.randomStandardNormal(tf.constant(shape), TFloat32.class);
    session.run(tf.assignVariableOp(handle, tf.dtypes.cast(values, type)));
    return tf.readVariableOp(handle, type);
  }

  /** Computes the product once. */
  public void run() {
    session.run(product);
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
