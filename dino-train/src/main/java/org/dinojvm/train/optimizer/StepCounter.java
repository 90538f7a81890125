package org.dinojvm.train.optimizer;

import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * How many updates a group of tensors has had, kept in the graph so that it is saved with the
 * weights. A frozen last layer is not updated and does not count, so it has a counter of its own.
 *
 * @param name key in the checkpoint
 * @param handle the resource, an int64 scalar
 * @param value the count at the start of the step
 * @param initialize op that sets it to 0
 * @param increment op that adds 1
 * @param given what {@code assignment} sets it to
 * @param assignment op that sets it
 */
public record StepCounter(
    String name,
    VarHandleOp handle,
    Operand<TInt64> value,
    Op initialize,
    Op increment,
    Placeholder<TInt64> given,
    Op assignment) {

  /** A counter at 0. */
  public static StepCounter create(Ops tf, String name) {
    VarHandleOp handle =
        tf.withName(name).varHandleOp(TInt64.class, Shape.scalar(), VarHandleOp.sharedName(name));
    Operand<TInt64> value = tf.readVariableOp(handle, TInt64.class);
    Placeholder<TInt64> given = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    return new StepCounter(
        name,
        handle,
        value,
        tf.assignVariableOp(handle, tf.constant(0L)),
        tf.withControlDependencyOps(value.op()).assignAddVariableOp(handle, tf.constant(1L)),
        given,
        tf.assignVariableOp(handle, given));
  }

  /** Sets the count. */
  public void set(Session session, long count) {
    try (TInt64 tensor = TInt64.scalarOf(count)) {
      session.runner().feed(given, tensor).addTarget(assignment).run().close();
    }
  }

  /** The count. */
  public long get(Session session) {
    try (Result result = session.runner().fetch(value).run()) {
      return ((TInt64) result.get(0)).getLong();
    }
  }

  /** t of this step's update, counted from 1: a float64 scalar. */
  public Operand<TFloat64> next(Ops tf) {
    return tf.math.add(tf.dtypes.cast(value, TFloat64.class), tf.constant(1.0));
  }
}
