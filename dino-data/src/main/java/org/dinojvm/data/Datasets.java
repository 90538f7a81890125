package org.dinojvm.data;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.data.MapDataset;
import org.tensorflow.op.data.ParallelMapDataset;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/** The data sets of tf.data that the pipeline is made of, always in order. */
final class Datasets {

  private Datasets() {}

  /** Whole numbers from one on, up to another one that is left out. */
  static Operand<?> range(Ops tf, Operand<TInt64> from, Operand<TInt64> to) {
    Elements numbers = new Elements().and(TInt64.class, Shape.scalar());
    return tf.data.rangeDataset(from, to, tf.constant(1L), numbers.types(), numbers.shapes());
  }

  /**
   * Maps elements in parallel, and stacks so many results.
   *
   * @param captured further inputs of the function, the same for each element
   * @param threads elements in work at a time
   * @param elements of the result
   */
  static Operand<?> mapAndBatch(
      Ops tf,
      Operand<?> dataset,
      List<Operand<?>> captured,
      Function<Ops, Signature> body,
      long batchSize,
      int threads,
      Elements elements) {
    try (ConcreteFunction function = ConcreteFunction.create(body)) {
      return tf.data.mapAndBatchDataset(
          dataset,
          captured,
          tf.constant(batchSize),
          tf.constant((long) threads),
          tf.constant(true),
          function,
          elements.types(),
          elements.shapes());
    }
  }

  /** Maps elements, one at a time, on a thread of its own. */
  static Operand<?> map(
      Ops tf, Operand<?> dataset, Function<Ops, Signature> body, Elements elements) {
    try (ConcreteFunction function = ConcreteFunction.create(body)) {
      return tf.data.parallelMapDataset(
          dataset,
          ImmutableList.of(),
          tf.constant(1L),
          function,
          elements.types(),
          elements.shapes(),
          ParallelMapDataset.deterministic("true"));
    }
  }

  /** The results of a function for those elements for which it does not fail. */
  static Operand<?> mapWithoutFailures(
      Ops tf,
      Operand<?> dataset,
      List<Operand<?>> captured,
      Function<Ops, Signature> body,
      Elements elements) {
    try (ConcreteFunction function = ConcreteFunction.create(body)) {
      Operand<?> mapped =
          tf.data.mapDataset(
              dataset,
              captured,
              function,
              elements.types(),
              elements.shapes(),
              MapDataset.preserveCardinality(true), // or a file's end would be the data set's
              MapDataset.forceSynchronous(true));
      return tf.data.ignoreErrorsDataset(mapped, elements.types(), elements.shapes());
    }
  }

  /** The components of the only element. */
  static List<Output<?>> single(Ops tf, Operand<?> dataset, Elements elements) {
    return tf.data
        .datasetToSingleElement(dataset, elements.types(), elements.shapes())
        .components();
  }

  /** What {@link #stamped} makes of such elements. */
  static Elements stamped(Elements elements) {
    return elements.and(TFloat64.class, Shape.scalar());
  }

  /**
   * Adds to each element the time at which it is handed over. A timestamp in the graph itself would
   * wait until a thread is free of the step's own operations, and count that, too.
   */
  static Operand<?> stamped(Ops tf, Operand<?> dataset, Elements elements) {
    Elements stamped = stamped(elements);
    try (ConcreteFunction function = ConcreteFunction.create(ops -> stamp(ops, elements))) {
      return tf.data.mapDataset(
          dataset,
          ImmutableList.of(),
          function,
          stamped.types(),
          stamped.shapes(),
          MapDataset.useInterOpParallelism(false));
    }
  }

  private static Signature stamp(Ops tf, Elements elements) {
    Signature.Builder signature = Signature.builder("stamp");
    for (int i = 0; i < elements.types().size(); i++) {
      Placeholder<?> part =
          tf.placeholder(elements.types().get(i), Placeholder.shape(elements.shapes().get(i)));
      signature.input("part" + i, part).output("same" + i, tf.identity(part));
    }
    return signature.output("time", tf.timestamp()).build();
  }
}
