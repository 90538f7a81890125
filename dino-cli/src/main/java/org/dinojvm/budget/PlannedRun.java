package org.dinojvm.budget;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.run.TrainingListener;

/**
 * A run that shall end at a time.
 *
 * @param config of the run
 * @param deadline of its last step; without one the run is as long as its configuration says
 */
public record PlannedRun(TrainConfig config, Optional<Deadline> deadline) {

  /**
   * Trains. Where the machine turns out to be faster or slower than the length needs, the run is
   * left, at most twice, and goes on with more or fewer epochs.
   *
   * @param job trains a run to its end
   * @param out is told what is planned anew
   * @throws StoppedException if the process is asked to end
   */
  public void train(TimedRun.Job job, PrintWriter out) throws IOException {
    if (deadline.isEmpty()) {
      job.train(config, new TrainingListener() {});
      return;
    }
    TrainConfig now = config;
    int looked = 0;
    for (; ; ) {
      BudgetWatch watch = new BudgetWatch(deadline.get(), looked);
      try {
        job.train(now, watch);
        return;
      } catch (StoppedException e) {
        if (!e.reason().equals(BudgetWatch.REASON)) {
          throw e;
        }
      }
      looked = watch.looked();
      out.printf(
          "planned anew to end in time: %d epochs instead of %d%n",
          watch.next().optimization().epochs(), now.optimization().epochs());
      out.flush();
      now = watch.next();
    }
  }
}
