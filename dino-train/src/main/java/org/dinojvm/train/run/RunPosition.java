package org.dinojvm.train.run;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.function.LongPredicate;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.optimizer.StepCounter;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/**
 * Where a run stands, kept in the graph only so that it is saved with the weights and can be read
 * by name: {@code run.step}, {@code run.data_position} and {@code run.seed}.
 */
public final class RunPosition {

  private final StepCounter step;
  private final StepCounter dataPosition;
  private final StepCounter seed;

  public RunPosition(Ops tf) {
    step = StepCounter.create(tf, "run.step");
    dataPosition = StepCounter.create(tf, "run.data_position");
    seed = StepCounter.create(tf, "run.seed");
  }

  /** What is to be saved. */
  public ImmutableList<StepCounter> counters() {
    return ImmutableList.of(step, dataPosition, seed);
  }

  /**
   * Sets what is saved next.
   *
   * @param trained steps
   * @param pictures drawn from the data since the beginning of the first epoch
   * @param config holds the seed
   */
  void set(Session session, long trained, long pictures, TrainConfig config) {
    step.set(session, trained);
    dataPosition.set(session, pictures);
    seed.set(session, config.run().seed());
  }

  /** Sets a run's beginning, for other workers to take over. */
  public void begin(Session session, TrainConfig config) {
    set(session, 0, 0, config);
  }

  /**
   * Counts the steps of a run that goes on with another number of pictures a step: from the same
   * share of its epochs. Nothing changes where the number is the same.
   *
   * @param isFree whether no checkpoint is named by so many steps
   */
  public void convert(Session session, RunSummary run, LongPredicate isFree) {
    long steps = step.get(session);
    long pictures = dataPosition.get(session);
    if (steps == 0 || pictures == steps * run.batchTotal()) {
      return;
    }
    long perEpoch =
        run.config()
            .optimization()
            .stepsPerEpoch(run.pictures().pictures().size() / (pictures / steps));
    long converted = Math.min(steps * run.stepsPerEpoch() / perEpoch, run.steps());
    while (!isFree.test(converted)) {
      converted--;
    }
    set(session, converted, converted * run.batchTotal(), run.config());
  }

  /** Steps that were trained. */
  public long trained(Session session) {
    return step.get(session);
  }

  /**
   * Checks what was restored against the checkpoint's name and the run that goes on from it.
   *
   * @throws IllegalArgumentException if the folder was renamed, or copied from another run
   */
  public void check(Session session, Path checkpoint, RunSummary run) {
    long steps = Checkpoints.stepOf(checkpoint);
    checkArgument(
        step.get(session) == steps,
        "the checkpoint %s cannot be read: it holds step %s, so it was renamed",
        checkpoint,
        step.get(session));
    checkArgument(
        seed.get(session) == run.config().run().seed(),
        "the checkpoint %s cannot be read: it is of a run with seed %s, not of this one with seed %s",
        checkpoint,
        seed.get(session),
        run.config().run().seed());
    long pictures = steps * run.batchTotal();
    checkArgument(
        dataPosition.get(session) == pictures || run.config().run().changeBatch(),
        "the checkpoint %s cannot be read: its run had drawn %s pictures by then, this one %s",
        checkpoint,
        dataPosition.get(session),
        pictures);
  }
}
