package org.dinojvm.train;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.augment.Views;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Records;
import org.dinojvm.data.source.Scan;
import org.dinojvm.model.DinoLoss;
import org.dinojvm.train.run.Checkpoints;
import org.dinojvm.train.run.DivergedException;
import org.dinojvm.train.run.JsonLog;
import org.dinojvm.train.run.Listeners;
import org.dinojvm.train.run.LostPictures;
import org.dinojvm.train.run.RunFolder;
import org.dinojvm.train.run.RunLock;
import org.dinojvm.train.run.RunPosition;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.Saver;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.train.step.Checkpoint;
import org.dinojvm.train.step.StepCounter;
import org.dinojvm.train.step.TrainGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Trains a run from its first or last saved step to its end. */
public final class Trainer {

  private final TrainConfig config;
  private final Listeners listeners;

  /**
   * A trainer.
   *
   * @param config what to do
   * @param listeners are told of every step, log line and epoch
   */
  public Trainer(TrainConfig config, List<TrainingListener> listeners) {
    this.config = config;
    this.listeners = new Listeners(listeners);
  }

  /**
   * Runs the training.
   *
   * @return the last checkpoint; that of the session before if nothing was left to train
   * @throws IllegalArgumentException if the data or the output folder cannot be used, or another
   *     process trains in it
   * @throws DivergedException if the loss is no longer finite
   * @throws StoppedException if a listener asked for it
   * @throws IOException also if the last state could not be saved
   */
  @SuppressWarnings("try") // the lock is held, and else not used
  public Path run() throws IOException {
    // ============ data ============
    RunFolder folder = RunFolder.of(config);
    Optional<InitialWeights> initial = initialWeights(folder);
    Scan scan = folder.scan(this::scanned);
    ImageFolder pictures = pictures(scan);
    try (RunLock lock = folder.open(config, listeners::warned)) {
      folder.checkPictures(pictures);
      folder.writeScan(scan);
      folder.writeSkipped(pictures.skipped());
      return train(folder, pictures, initial);
    }
  }

  private Path train(RunFolder folder, ImageFolder pictures, Optional<InitialWeights> initial)
      throws IOException {
    PipelineSettings settings = pipelineSettings();
    RunSummary run =
        new RunSummary(config, folder.root(), pictures, settings.stepsPerEpoch(pictures));
    try (Graph graph = new Graph()) {
      // ============ graph ============
      Ops tf = Ops.create(graph);
      ImagePipeline pipeline =
          new ImagePipeline(tf, pictures, new Views(Crops.of(config)), settings, listeners::warned);
      TrainGraph step = trainGraph(tf, config, pipeline);
      RunPosition position = new RunPosition(tf);
      Checkpoint checkpoint = new Checkpoint(tf, "checkpoint", entries(step, position));

      try (Session session = Sessions.openForTraining(graph, config)) {
        // ============ resume: 1. newest whole checkpoint, 2. initial values ============
        Optional<Path> saved =
            folder
                .checkpoints()
                .restoreNewest(
                    newest -> {
                      RunFolder.configOf(newest);
                      checkpoint.restore(session, newest);
                      position.check(session, newest);
                    },
                    listeners::warned);
        long done = saved.map(Checkpoints::stepOf).orElse(0L);
        if (saved.isPresent() && done >= run.steps()) {
          listeners.started(run, done, run.steps());
          return saved.get();
        } else if (saved.isEmpty()) {
          step.initialize(session);
          initial.ifPresent(weights -> start(weights, tf, step, session));
        }
        pipeline.start(session, done);

        // ============ loop ============
        try (JsonLog log = new JsonLog(folder.log(), done, listeners::warned)) {
          Listeners all = listeners.and(log);
          Saver saver = new Saver(run, folder, checkpoint, position, session, all);
          Divergence divergence = new Divergence(run, pipeline, session, all);
          LostPictures lost = new LostPictures(run, folder, all);
          Loop.Step training =
              scalars ->
                  pipeline.reading(
                      () ->
                          step.run(
                              session,
                              scalars,
                              List.of(pipeline.unreadable()),
                              batch -> lost.add((TInt64) batch.get(0))));
          return new Loop(run, training, saver, divergence, lost, all, saved).run(done);
        }
      }
    }
  }

  /** What {@code init} names; a run that goes on has no need of it. */
  private Optional<InitialWeights> initialWeights(RunFolder folder) {
    return config.init().isEmpty() || RunFolder.checkpointIn(folder.root()).isPresent()
        ? Optional.empty()
        : Optional.of(InitialWeights.read(config));
  }

  private void start(InitialWeights weights, Ops tf, TrainGraph step, Session session) {
    weights.load(tf, step, session);
    listeners.informed(weights.description());
  }

  /** All that a checkpoint of a run holds. */
  static List<Checkpoint.Entry> entries(TrainGraph step, RunPosition position) {
    List<StepCounter> counters = new ArrayList<>(step.counters());
    counters.addAll(position.counters());
    return Checkpoint.entries(step.variables(), counters);
  }

  private void scanned(int files, int ofAll) {
    listeners.informed(
        String.format(Locale.ROOT, "looking at the pictures: %,d of %,d files", files, ofAll));
  }

  private ImageFolder pictures(Scan scan) throws IOException {
    checkArgument(!config.dataPath().isEmpty(), "no pictures given; name their folder by --data");
    ImageFolder pictures = Records.open(Path.of(config.dataPath()), scan);
    pictures.checkSkipped(config.maxSkipped());
    pipelineSettings().stepsPerEpoch(pictures); // refuses too large a batch before the run begins
    return pictures;
  }

  private PipelineSettings pipelineSettings() {
    PipelineSettings usual = PipelineSettings.of(config.batchSizePerGpu(), config.seed());
    return new PipelineSettings(
        usual.batchSize(),
        config.accumulate(),
        usual.seed(),
        config.numWorkers() == 0 ? usual.threads() : config.numWorkers(),
        usual.memory());
  }

  /** The step that a configuration describes, on a pipeline's crops. */
  static TrainGraph trainGraph(Ops tf, TrainConfig config, ImagePipeline pipeline) {
    Operand<TFloat32> global = pipeline.globalCrops();
    List<Operand<TFloat32>> crops = new ArrayList<>(List.of(global));
    pipeline.localCrops().ifPresent(crops::add);
    if (config.globalCropsSize() == config.localCropsSize() && crops.size() == 2) {
      // One resolution is one batch, which a BatchNorm in the backbone would notice.
      crops = List.of(tf.concat(crops, tf.constant(0)));
    }
    return new TrainGraph(tf, recipe(config), crops, global, pipeline.secondsWaited());
  }

  /** What a configuration says of the step. */
  public static TrainGraph.Recipe recipe(TrainConfig config) {
    DinoLoss loss =
        new DinoLoss(2 + config.localCropsNumber(), config.studentTemp(), config.centerMomentum());
    return new TrainGraph.Recipe(
        Networks.of(config),
        loss,
        config.optimizer(),
        config.clipMode(),
        config.clipGrad(),
        config.dropPathRate(),
        config.accumulate(),
        Networks.arithmetic(config),
        config.seed());
  }
}
