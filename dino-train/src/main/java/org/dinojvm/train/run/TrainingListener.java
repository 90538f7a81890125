package org.dinojvm.train.run;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.dinojvm.train.log.StepRecord;

/** Is told how a run gets on. */
public interface TrainingListener extends Closeable {

  /**
   * The run starts, or goes on, or has nothing left to train.
   *
   * @param step steps that were trained before; {@code steps} if nothing is left
   * @param steps of the whole run
   */
  default void started(RunSummary run, long step, long steps) throws IOException {}

  /** A step is done; {@code record} holds this step's numbers. */
  default void stepped(StepRecord record) throws IOException {}

  /** Some steps are done; {@code record} holds their means. */
  default void logged(StepRecord record) throws IOException {}

  /**
   * An epoch is done and saved.
   *
   * @param epoch number of epochs trained so far
   */
  default void epochSaved(int epoch, Path checkpoint) throws IOException {}

  /** Something that the user may want to know of. */
  default void informed(String message) {}

  /** Something went wrong that the user should know of; training goes on. */
  default void warned(String message) {}

  /** The loss or its gradient is no longer finite; the run is about to end. */
  default void diverged(DivergedStep step) throws IOException {}

  /**
   * Asked before each step: why the run should be saved and left, as {@code "SIGTERM"}; mostly, it
   * should not.
   */
  default Optional<String> stopRequested() {
    return Optional.empty();
  }

  @Override
  default void close() throws IOException {}
}
