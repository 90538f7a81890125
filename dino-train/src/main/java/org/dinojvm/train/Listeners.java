package org.dinojvm.train;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dinojvm.files.IoFailures;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * The listeners of a run. What one of them fails to do during training is reported to all, and the
 * run goes on: a log or a test is not worth the days behind it.
 */
final class Listeners {

  private final ImmutableList<TrainingListener> listeners;

  Listeners(List<TrainingListener> listeners) {
    this.listeners = ImmutableList.copyOf(listeners);
  }

  /** These and one more. */
  Listeners and(TrainingListener listener) {
    return new Listeners(
        ImmutableList.<TrainingListener>builder().addAll(listeners).add(listener).build());
  }

  /** At the start nothing is lost yet, so that a failure ends the run. */
  void started(RunSummary run, long step, long steps) throws IOException {
    for (TrainingListener listener : listeners) {
      listener.started(run, step, steps);
    }
  }

  void stepped(StepRecord record) {
    tell(listener -> listener.stepped(record));
  }

  void logged(StepRecord record) {
    tell(listener -> listener.logged(record));
  }

  void epochSaved(int epoch, Path checkpoint) {
    tell(listener -> listener.epochSaved(epoch, checkpoint));
  }

  void diverged(DivergedStep step) {
    tell(listener -> listener.diverged(step));
  }

  void informed(String message) {
    listeners.forEach(listener -> listener.informed(message));
  }

  void warned(String message) {
    listeners.forEach(listener -> listener.warned(message));
  }

  Optional<String> stopRequested() {
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
