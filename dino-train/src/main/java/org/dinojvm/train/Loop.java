package org.dinojvm.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.train.cluster.Meeting;
import org.dinojvm.train.cluster.RunLimits;
import org.dinojvm.train.cluster.WorkerLostException;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.health.DataStarvation;
import org.dinojvm.train.health.ExplodingGradient;
import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.health.HealthMonitor;
import org.dinojvm.train.log.StepMeans;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.run.DivergedException;
import org.dinojvm.train.run.Listeners;
import org.dinojvm.train.run.LostPictures;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.Saver;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.schedule.RunLength;
import org.dinojvm.train.schedule.Schedule;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.StepMetrics;

/** The steps of a run, with what is logged and saved between them. */
final class Loop {

  /** Trains one step within limits; told whether this worker was asked to stop. */
  interface Step {
    StepMetrics run(StepScalars scalars, boolean stop, RunLimits limits);
  }

  /** The reason to stop that another worker was given; which signal it was, only that one knows. */
  private static final String ELSEWHERE = "SIGTERM";

  private final RunSummary run;
  private final Step training;
  private final Saver saver;
  private final Meeting meeting;
  private final Divergence divergence;
  private final LostPictures lost;
  private final Listeners listeners;
  private final RunLength length;
  private final ImmutableMap<String, Schedule> schedules;

  private Optional<Path> lastSaved;

  /**
   * The steps of a run.
   *
   * @param training draws and trains a step
   * @param meeting of all workers
   * @param lost told by {@code training} what could not be read
   * @param lastSaved what the run goes on from, if anything
   */
  Loop(
      RunSummary run,
      Step training,
      Meeting meeting,
      Saver saver,
      Divergence divergence,
      LostPictures lost,
      Listeners listeners,
      Optional<Path> lastSaved) {
    this.run = run;
    this.training = training;
    this.meeting = meeting;
    this.saver = saver;
    this.divergence = divergence;
    this.lost = lost;
    this.listeners = listeners;
    this.lastSaved = lastSaved;
    this.length = run.length();
    this.schedules = schedules(run);
  }

  /** All that changes with the step, in the order of the log. */
  private static ImmutableMap<String, Schedule> schedules(RunSummary run) {
    TrainConfig config = run.config();
    RunLength length = run.length();
    return ImmutableMap.<String, Schedule>builder()
        .put(StepScalars.LEARNING_RATE, config.optimization().learningRate(length, run.workers()))
        .put(StepScalars.WEIGHT_DECAY, config.optimization().weightDecay(length))
        .putAll(config.objective().schedules(config.optimization(), length, run.workers()))
        .buildOrThrow();
  }

  private static HealthMonitor health(RunSummary run) {
    TrainConfig config = run.config();
    return new HealthMonitor(
        ImmutableList.<HealthCheck>builder()
            .addAll(config.objective().healthChecks(config.optimization(), run.length()))
            .add(new ExplodingGradient(config.optimization()))
            .add(
                new DataStarvation(
                    run.batchTotal(), config.views().globalCropsSize(), config.run().numWorkers()))
            .build());
  }

  /**
   * Trains.
   *
   * @param done steps that were trained before, less than all
   * @return the last checkpoint, which the chief has
   * @throws StoppedException if a listener asked for it
   * @throws DivergedException if the loss is no longer finite
   * @throws IllegalArgumentException if too few pictures can still be read
   */
  Path run(long done) throws IOException {
    long steps = run.steps();
    listeners.started(run, done, steps);
    StepMeans means = new StepMeans();
    HealthMonitor health = health(run);
    for (long step = done; step < steps; step++) {
      Optional<String> stop = listeners.stopRequested();
      if (stop.isPresent() && run.workers() == 1) {
        throw stopped(stop.get(), step, step > done);
      }
      StepScalars scalars = scalars(step);
      long begin = System.nanoTime();
      StepMetrics metrics = metrics(scalars, stop.isPresent());
      StepRecord record = health.judged(record(scalars, metrics, begin));
      record.warnings().forEach(warning -> listeners.warned(warning.message()));
      means.add(record);
      listeners.stepped(record);
      if (record.step() % run.config().run().logEverySteps() == 0 || record.step() == steps) {
        listeners.logged(means.take());
      }
      checkPictures(record.step());
      if (record.step() < steps) {
        if (isDue(record.step())) {
          saveAndEvaluate(record.step());
        } else if (saver.isRetryDue()) {
          trySave(record.step());
        }
        if (metrics.stopAsked()) { // several workers stop after the same step
          throw stopped(stop.orElse(ELSEWHERE), record.step(), true);
        }
      }
    }
    makeEqual(steps);
    meeting.whileChiefSaves(() -> lastSaved = Optional.of(saver.saveLast(steps)));
    meeting.whileChiefEvaluates(() -> evaluate(steps));
    meeting.leave();
    return lastSaved.orElseGet(() -> Checkpoints.ofRun(run.folder()).of(steps));
  }

  private void saveAndEvaluate(long trained) throws IOException {
    makeEqual(trained);
    meeting.whileChiefSaves(() -> trySave(trained));
    meeting.whileChiefEvaluates(
        () -> {
          if (isSaved(trained)) {
            evaluate(trained);
          }
        });
  }

  private void trySave(long trained) {
    saver.trySave(trained).ifPresent(saved -> lastSaved = Optional.of(saved));
  }

  private boolean isSaved(long trained) {
    return lastSaved.map(Checkpoints::stepOf).filter(step -> step == trained).isPresent();
  }

  private void makeEqual(long trained) {
    if (!meeting.makeEqual()) {
      listeners.warned(
          "after step %d the workers' weights were no longer the same to the bit, as when processors differ: all have the chief's now"
              .formatted(trained));
    }
  }

  private void checkPictures(long trained) throws IOException {
    try {
      lost.checkShare();
    } catch (IllegalArgumentException e) {
      if (meeting.isChief()) {
        lastSaved = Optional.of(saver.saveLast(trained));
      }
      throw e;
    }
  }

  private StepRecord record(StepScalars scalars, StepMetrics metrics, long begin) {
    double seconds = (System.nanoTime() - begin) / 1e9;
    long step = scalars.step();
    if (!metrics.isFinite()) {
      throw divergence.report(step, scalars, metrics, lastSaved);
    }
    return new StepRecord(
        step / run.stepsPerEpoch(),
        step + 1,
        metrics.values(),
        scalars.schedules(),
        run.batchTotal() / seconds,
        metrics.secondsWaited() / seconds,
        ImmutableList.of());
  }

  @SuppressWarnings("IllegalCatch") // TensorFlow's errors have no other type in common
  private StepMetrics metrics(StepScalars scalars, boolean stop) {
    try {
      return meeting.step(scalars.step() + 1, limits -> training.run(scalars, stop, limits));
    } catch (WorkerLostException e) {
      throw e;
    } catch (RuntimeException e) {
      throw lost.explain(e);
    }
  }

  private StepScalars scalars(long step) {
    return new StepScalars(
        step,
        ImmutableMap.copyOf(Maps.transformValues(schedules, schedule -> schedule.at(step))),
        step < run.config().objective().frozenSteps(length));
  }

  /** After each epoch, and every so many steps if asked for. */
  private boolean isDue(long trained) {
    int every = run.config().run().checkpointEverySteps();
    return trained % run.stepsPerEpoch() == 0 || (every > 0 && trained % every == 0);
  }

  private void evaluate(long trained) {
    if (trained % run.stepsPerEpoch() == 0) {
      listeners.epochSaved((int) (trained / run.stepsPerEpoch()), lastSaved.orElseThrow());
    }
  }

  private StoppedException stopped(String reason, long trained, boolean anyTrained)
      throws IOException {
    if (anyTrained) {
      meeting.whileChiefSaves(
          () -> {
            if (!isSaved(trained)) {
              lastSaved = Optional.of(saver.saveLast(trained));
            }
          });
    }
    meeting.leave();
    return new StoppedException(
        reason,
        String.format(
            "%s: stopped after step %d of %d, %s",
            reason,
            trained,
            run.steps(),
            meeting.isChief()
                ? lastSaved.map(saved -> "saved in " + saved).orElse("nothing to save")
                : "saved by the chief"));
  }
}
