package org.dinojvm.compare;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.budget.StepTiming;
import org.dinojvm.budget.TimedRun;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.run.TrainingListener;

/** Trains the methods of a comparison, each to its budget, and goes on with those begun before. */
final class MethodRuns {

  private static final int MOST_EPOCHS = 1_000_000;

  /** Trains a run to its end. */
  @FunctionalInterface
  interface Job {

    /**
     * Trains, with the console's progress, signals and all else that a run has.
     *
     * @param evaluations taken during the run, by name
     * @param more listeners, which the caller closes
     */
    void train(
        TrainConfig config,
        ImmutableMap<String, Evaluation> evaluations,
        List<TrainingListener> more)
        throws IOException;
  }

  private final ComparisonPlan plan;
  private final ImmutableMap<String, Evaluation> evaluations;
  private final Job job;
  private final PrintWriter out;

  /**
   * Runs.
   *
   * @param evaluations taken during the runs, by name
   */
  MethodRuns(
      ComparisonPlan plan, ImmutableMap<String, Evaluation> evaluations, Job job, PrintWriter out) {
    this.plan = plan;
    this.evaluations = evaluations;
    this.job = job;
    this.out = out;
  }

  /**
   * Trains a method to its end, or does nothing where it is there.
   *
   * @throws StoppedException if the process is asked to end
   */
  void train(String method) throws IOException {
    if (isTrained(method)) {
      return;
    }
    TrainConfig config = plan.config(method, epochs(method));
    try (TimeBudget budget = new TimeBudget(plan.budget(), out::println)) {
      job.train(config, evaluations, List.of(budget));
    } catch (StoppedException e) {
      if (!e.reason().equals(TimeBudget.REASON)) {
        throw e;
      }
      out.println(e.getMessage());
      out.flush();
    }
  }

  /** Whether the last checkpoint is that of the last step, or past the budget. */
  private boolean isTrained(String method) throws IOException {
    Path folder = plan.folder(method);
    Optional<Path> newest =
        Files.exists(folder) ? Checkpoints.ofRun(folder).newest() : Optional.empty();
    if (newest.isEmpty()) {
      return false;
    }
    RunHistory history = RunHistory.read(folder, newest.get());
    return history.epochsTrained() >= history.epochs()
        || plan.budget().map(time -> history.seconds() >= time.toNanos() / 1e9).orElse(false);
  }

  /** Those of the run that was begun, or asked for, or that fit. */
  private int epochs(String method) throws IOException {
    if (plan.equalEpochs().isPresent()) {
      return plan.equalEpochs().get();
    }
    Path config = plan.folder(method).resolve(Checkpoints.CONFIG);
    return Files.exists(config)
        ? TrainConfig.read(config).optimization().epochs()
        : timed(method, plan.budget().orElseThrow());
  }

  private int timed(String method, Duration budget) throws IOException {
    StepTiming timing =
        TimedRun.of(
            plan.config(method, 1),
            plan.output().resolve("." + method + "-timing"),
            (config, listener) -> job.train(config, ImmutableMap.of(), List.of(listener)));
    double step = timing.pace().step();
    double epochs = budget.toNanos() / 1e9 / (step * timing.stepsOfAll());
    int whole = (int) Math.max(1, Math.min(MOST_EPOCHS, Math.round(epochs)));
    out.printf(
        Locale.ROOT,
        "%s: %.3g s a step, so %d epochs for a budget of %d s%n",
        method,
        step,
        whole,
        budget.toSeconds());
    out.flush();
    return whole;
  }

  /** The newest checkpoint of a method's run. */
  Path checkpoint(String method) {
    Optional<Path> newest = Checkpoints.ofRun(plan.folder(method)).newest();
    return newest.orElseThrow(
        () ->
            new IllegalArgumentException(
                plan.folder(method) + " holds no checkpoint: call again to train it"));
  }
}
