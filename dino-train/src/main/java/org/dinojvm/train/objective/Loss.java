package org.dinojvm.train.objective;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.model.Params;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What an objective makes of a batch.
 *
 * @param value scalar, a mean over pictures
 * @param metrics scalars to report besides, by name; means over the batches of a step
 * @param updates new values of the objective's state
 */
public record Loss(
    Operand<TFloat32> value,
    ImmutableMap<String, Operand<TFloat32>> metrics,
    ImmutableList<Update> updates) {

  /** A loss that nothing is reported of and that keeps no state. */
  public static Loss of(Operand<TFloat32> value) {
    return new Loss(value, ImmutableMap.of(), ImmutableList.of());
  }

  /** The same with a further term, a scalar. */
  public Loss plus(Ops tf, Operand<TFloat32> term) {
    return new Loss(tf.math.add(value, term), metrics, updates);
  }

  /** The same with metrics to report. */
  public Loss reporting(Map<String, Operand<TFloat32>> more) {
    return new Loss(
        value,
        ImmutableMap.<String, Operand<TFloat32>>builder()
            .putAll(metrics)
            .putAll(more)
            .buildOrThrow(),
        updates);
  }

  /** The same with a new value for a variable of the objective's state. */
  public Loss updating(Update update) {
    return new Loss(
        value, metrics, ImmutableList.<Update>builder().addAll(updates).add(update).build());
  }

  /** When a variable gets its new value, where a step has several batches. */
  public enum Assigned {
    /** With every batch, as a queue. */
    EACH_BATCH,
    /** With the last batch, the mean over all of them, as a center. */
    MEAN_OF_BATCHES,
    /** With the last batch, its value. */
    LAST_BATCH
  }

  /**
   * A new value for a variable.
   *
   * @param variable of {@link StepInputs#state}
   * @param value computed from the variable's present value and the batch, the same on all workers
   * @param when it is assigned
   */
  public record Update(Params.Variable variable, Operand<TFloat32> value, Assigned when) {

    /** The mean over the batches of an optimizer step, assigned at its end. */
    public static Update mean(Params.Variable variable, Operand<TFloat32> value) {
      return new Update(variable, value, Assigned.MEAN_OF_BATCHES);
    }

    /** Assigned with every batch. */
    public static Update each(Params.Variable variable, Operand<TFloat32> value) {
      return new Update(variable, value, Assigned.EACH_BATCH);
    }

    /** The last batch's, assigned at the end of an optimizer step. */
    public static Update last(Params.Variable variable, Operand<TFloat32> value) {
      return new Update(variable, value, Assigned.LAST_BATCH);
    }
  }
}
