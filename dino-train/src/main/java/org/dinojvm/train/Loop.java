package org.dinojvm.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.train.TrainGraph.Metrics;
import org.dinojvm.train.TrainGraph.Scalars;
import org.tensorflow.Session;

/** The steps of a run, with what is logged and saved between them. */
final class Loop {

  private final RunSummary run;
  private final TrainGraph graph;
  private final Checkpoint checkpoint;
  private final Session session;
  private final RunFolder folder;
  private final List<TrainingListener> listeners;
  private final Schedules schedules;

  Loop(
      RunSummary run,
      TrainGraph graph,
      Checkpoint checkpoint,
      Session session,
      RunFolder folder,
      List<TrainingListener> listeners) {
    this.run = run;
    this.graph = graph;
    this.checkpoint = checkpoint;
    this.session = session;
    this.folder = folder;
    this.listeners = listeners;
    this.schedules = Schedules.of(run.config(), run.stepsPerEpoch());
  }

  /**
   * Trains.
   *
   * @param done steps that were trained before, less than all
   * @return the last checkpoint
   */
  Path run(long done) throws IOException {
    long steps = run.steps();
    for (TrainingListener listener : listeners) {
      listener.started(run, done, steps);
    }
    StepMeans means = new StepMeans();
    for (long step = done; step < steps; step++) {
      StepRecord record = train(step);
      means.add(record);
      for (TrainingListener listener : listeners) {
        listener.stepped(record);
      }
      if (record.step() % run.config().logEverySteps() == 0 || record.step() == steps) {
        log(means.take());
      }
      if (isDue(record.step(), steps)) {
        save(record.step());
      }
    }
    return folder.newestCheckpoint().orElseThrow();
  }

  private StepRecord train(long step) {
    long begin = System.nanoTime();
    Scalars scalars = scalars(step);
    Metrics metrics = graph.run(session, scalars);
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (!metrics.isFinite()) {
      throw new DivergedException(step, metrics);
    }
    return new StepRecord(
        step / run.stepsPerEpoch(),
        step + 1,
        metrics.loss(),
        metrics.teacherEntropy(),
        metrics.kl(),
        metrics.meanEntropy(),
        metrics.gradientNorm(),
        scalars.learningRate(),
        scalars.weightDecay(),
        scalars.momentum(),
        scalars.teacherTemp(),
        run.config().batchTotal() / seconds);
  }

  private Scalars scalars(long step) {
    return new Scalars(
        step,
        schedules.learningRate().at(step),
        schedules.weightDecay().at(step),
        schedules.teacherMomentum().at(step),
        schedules.teacherTemperature().at(step),
        step < run.config().freezeLastLayer() * run.stepsPerEpoch());
  }

  private void log(StepRecord record) throws IOException {
    for (TrainingListener listener : listeners) {
      listener.logged(record);
    }
  }

  /** After each epoch, every so many steps if asked for, and at the end. */
  private boolean isDue(long trained, long steps) {
    int every = run.config().checkpointEverySteps();
    return trained % run.stepsPerEpoch() == 0
        || trained == steps
        || (every > 0 && trained % every == 0);
  }

  private void save(long trained) throws IOException {
    Path saved = folder.save(checkpoint, session, run.config(), trained);
    folder.prune(run.config(), run.stepsPerEpoch());
    if (trained % run.stepsPerEpoch() == 0) {
      for (TrainingListener listener : listeners) {
        listener.epochSaved((int) (trained / run.stepsPerEpoch()), saved);
      }
    }
  }
}
