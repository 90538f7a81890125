package org.dinojvm.train.run;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dinojvm.files.IoFailures;
import org.dinojvm.train.log.StepRecord;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * The listeners of a run. What one of them fails to do during training is reported to all, and the
 * run goes on: a log or a test is not worth the days behind it.
 */
public final class Listeners {

  private final ImmutableList<TrainingListener> listeners;

  public Listeners(List<TrainingListener> listeners) {
    this.listeners = ImmutableList.copyOf(listeners);
  }

  /** These and one more. */
  public Listeners and(TrainingListener listener) {
    return new Listeners(
        ImmutableList.<TrainingListener>builder().addAll(listeners).add(listener).build());
  }

  /** At the start nothing is lost yet, so that a failure ends the run. */
  public void started(RunSummary run, long step, long steps) throws IOException {
    for (TrainingListener listener : listeners) {
      listener.started(run, step, steps);
    }
  }

  public void stepped(StepRecord record) {
    tell(listener -> listener.stepped(record));
  }

  public void logged(StepRecord record) {
    tell(listener -> listener.logged(record));
  }

  public void epochSaved(int epoch, Path checkpoint) {
    tell(listener -> listener.epochSaved(epoch, checkpoint));
  }

  public void diverged(DivergedStep step) {
    tell(listener -> listener.diverged(step));
  }

  public void informed(String message) {
    listeners.forEach(listener -> listener.informed(message));
  }

  public void warned(String message) {
    listeners.forEach(listener -> listener.warned(message));
  }

  public Optional<String> stopRequested() {
    return listeners.stream().flatMap(listener -> listener.stopRequested().stream()).findFirst();
  }

  private interface Event {
    void happensTo(TrainingListener listener) throws IOException;
  }

  private void tell(Event event) {
    for (TrainingListener listener : listeners) {
      try {
        event.happensTo(listener);
      } catch (IOException e) {
        warned(IoFailures.reason(e) + "; training goes on");
      } catch (UncheckedIOException | IllegalArgumentException | TensorFlowException e) {
        warned(e.getMessage() + "; training goes on");
      }
    }
  }
}
