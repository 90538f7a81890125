package org.dinojvm.cli.console;

import java.io.PrintWriter;
import java.util.Locale;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.TrainingListener;

/** What a worker that is not the chief prints: where it starts, and what goes wrong. */
public final class WorkerConsole implements TrainingListener {

  private final PrintWriter out;

  public WorkerConsole(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void started(RunSummary run, long step, long steps) {
    print(String.format(Locale.ROOT, "training from step %,d to step %,d", step, steps));
  }

  @Override
  public void informed(String message) {
    print(message);
  }

  @Override
  public void warned(String message) {
    print("warning: " + message);
  }

  private void print(String line) {
    out.println(line);
    out.flush();
  }
}
