package org.dinojvm.train.objective;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.model.Params;
import org.tensorflow.Operand;
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

  /**
   * A new value for a variable.
   *
   * @param variable of {@link StepInputs#state}
   * @param value computed from the variable's present value and the batch, the same on all workers
   * @param each whether every batch of an optimizer step assigns it, as for a queue; or else the
   *     last batch assigns the mean over all of them, as for a center
   */
  public record Update(Params.Variable variable, Operand<TFloat32> value, boolean each) {

    /** The mean over the batches of an optimizer step, assigned at its end. */
    public static Update mean(Params.Variable variable, Operand<TFloat32> value) {
      return new Update(variable, value, false);
    }

    /** Assigned with every batch. */
    public static Update each(Params.Variable variable, Operand<TFloat32> value) {
      return new Update(variable, value, true);
    }
  }
}
