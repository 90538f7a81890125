package org.dinojvm.train.cluster;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.dinojvm.model.Workers;
import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.collective.CollectiveBcastRecv;
import org.tensorflow.op.collective.CollectiveBcastSend;
import org.tensorflow.op.collective.CollectiveGather;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Workers that meet in TensorFlow's collective ops. Every worker adds the same ops in the same
 * order, so that counting gives each op the same instance key everywhere; the key of a gradient is
 * set aside with its op, because {@code tf.gradients} promises no order. The n-th run of an op on
 * one worker meets the n-th on the others.
 *
 * <p>Each tensor has an op of its own: merging them first takes longer, and a gradient that is
 * ready is under way while the backward pass goes on.
 */
final class Collectives implements Workers {

  private static final String REDUCE = "CollectiveReduceV2";
  private static final String X = "x";
  private static final String Y = "y";

  /** All workers are one group. */
  private static final int GROUP = 1;

  /** Also where devices differ; "nccl" would need an order of all ops. */
  private static final String HINT = "ring";

  private static final int FIRST_KEY = 100;

  private final int rank;
  private final int count;
  private final AtomicInteger keys = new AtomicInteger(FIRST_KEY);

  /** One of {@code count} workers. */
  Collectives(int rank, int count) {
    this.rank = rank;
    this.count = count;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public Operand<TFloat32> sum(Ops tf, Operand<TFloat32> value) {
    int size = count; // the gradient must not hold this object, whose life is not the graph's
    int keyOfGradient = keys.incrementAndGet();
    Tensors sum = Tensors.of(Y, reduce(tf, value, size, keys.incrementAndGet()));
    return CustomGradient.of(
            tf,
            "all_reduce",
            sum,
            Tensors.of(X, value),
            Tensors.none(),
            (ops, values, dy) -> Tensors.of(X, reduce(ops, dy.get(Y), size, keyOfGradient)))
        .get(Y);
  }

  /** The sum of the workers' whole numbers, without a gradient: of the value's shape. */
  <T extends TNumber> Operand<T> total(Ops tf, Operand<T> value) {
    return reduce(tf, value, count, keys.incrementAndGet());
  }

  @Override
  public Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value) {
    int size = count;
    int ownRank = rank;
    int keyOfGradient = keys.incrementAndGet();
    Operand<TFloat32> all =
        CollectiveGather.create(
            tf.scope(),
            value,
            tf.constant(size),
            tf.constant(GROUP),
            tf.constant(keys.incrementAndGet()),
            List.of(),
            CollectiveGather.communicationHint(HINT));
    Tensors gathered = Tensors.of(Y, tf.ensureShape(all, gathered(value.shape(), size)));
    return CustomGradient.of(
            tf,
            "all_gather",
            gathered,
            Tensors.of(X, value),
            Tensors.none(),
            (ops, values, dy) -> {
              Operand<TFloat32> sum = reduce(ops, dy.get(Y), size, keyOfGradient);
              return Tensors.of(
                  X, ops.split(ops.constant(0), sum, (long) size).output().get(ownRank));
            })
        .get(Y);
  }

  private static Shape gathered(Shape shape, int workers) {
    long[] sizes = shape.asArray();
    if (sizes[0] != Shape.UNKNOWN_SIZE) {
      sizes[0] *= workers;
    }
    return Shape.of(sizes);
  }

  /**
   * Worker 0's value, on every worker: of the value's shape.
   *
   * @param value is not computed on the other workers
   * @param shape fully known
   */
  <T extends TNumber> Operand<T> ofChief(Ops tf, Operand<T> value, Shape shape, Class<T> type) {
    Operand<TInt32> key = tf.constant(keys.incrementAndGet());
    return rank == 0
        ? CollectiveBcastSend.create(
            tf.scope(),
            tf.ensureShape(value, shape),
            tf.constant(count),
            tf.constant(GROUP),
            key,
            CollectiveBcastSend.communicationHint(HINT))
        : CollectiveBcastRecv.create(
            tf.scope(),
            tf.constant(count),
            tf.constant(GROUP),
            key,
            tf.constant(shape.asArray()),
            type,
            CollectiveBcastRecv.communicationHint(HINT));
  }

  /** The ops' own time limit is left out: each use would start threads that sleep it out. */
  private static <T extends TNumber> Operand<T> reduce(
      Ops tf, Operand<T> value, int size, int key) {
    OperationBuilder builder = tf.scope().opBuilder(REDUCE, "AllReduce");
    builder.addInput(value.asOutput());
    builder.addInput(tf.constant(size).asOutput());
    builder.addInput(tf.constant(GROUP).asOutput());
    builder.addInput(tf.constant(key).asOutput());
    builder.addInputList(new Output<?>[0]); // no ordering token
    builder.setAttr("merge_op", "Add");
    builder.setAttr("final_op", "Id");
    builder.setAttr("communication_hint", HINT);
    return builder.build().output(0);
  }
}
