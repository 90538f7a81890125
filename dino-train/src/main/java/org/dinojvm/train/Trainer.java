package org.dinojvm.train;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.Closer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.dinojvm.checkpoint.Checkpoint;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Records;
import org.dinojvm.data.source.Scan;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.Workers;
import org.dinojvm.train.cluster.Fingerprint;
import org.dinojvm.train.cluster.Meeting;
import org.dinojvm.train.cluster.Team;
import org.dinojvm.train.cluster.WorkerLostException;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.optimizer.StepCounter;
import org.dinojvm.train.run.DivergedException;
import org.dinojvm.train.run.JsonLog;
import org.dinojvm.train.run.LaunchAdvice;
import org.dinojvm.train.run.Listeners;
import org.dinojvm.train.run.LostPictures;
import org.dinojvm.train.run.PictureSet;
import org.dinojvm.train.run.RunFolder;
import org.dinojvm.train.run.RunLock;
import org.dinojvm.train.run.RunPosition;
import org.dinojvm.train.run.RunSummary;
import org.dinojvm.train.run.Saver;
import org.dinojvm.train.run.StoppedException;
import org.dinojvm.train.run.TrainingListener;
import org.dinojvm.train.step.Recipe;
import org.dinojvm.train.step.TrainGraph;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Trains a run from its first or last saved step to its end. */
public final class Trainer {

  /** Settings by which workers know when to do what, though a run may go on with others. */
  private static final ImmutableSet<String> ALIKE = ImmutableSet.of("checkpoint_every_steps");

  /** Settings of which the chief alone makes use. */
  private static final ImmutableSet<String> OF_CHIEF = ImmutableSet.of("init");

  private final TrainConfig config;
  private final Team team;
  private final Listeners listeners;

  /**
   * A trainer.
   *
   * @param config what to do
   * @param listeners are told of every step, log line and epoch
   */
  public Trainer(TrainConfig config, List<TrainingListener> listeners) {
    this(config, Team.ALONE, listeners);
  }

  /**
   * A trainer that is one of several.
   *
   * @param team that trains together, each process with its share of every epoch's pictures
   * @param listeners are told of every step, log line and epoch
   */
  public Trainer(TrainConfig config, Team team, List<TrainingListener> listeners) {
    this.config = config;
    this.team = team;
    this.listeners = new Listeners(listeners);
  }

  /**
   * Runs the training.
   *
   * @return the last checkpoint, which the chief has; that of the session before if nothing was
   *     left to train
   * @throws IllegalArgumentException if the data or the output folder cannot be used, or another
   *     process trains in it
   * @throws DivergedException if the loss is no longer finite
   * @throws StoppedException if a listener asked for it
   * @throws WorkerLostException if another worker is gone; the process must end
   * @throws IOException also if the last state could not be saved
   */
  @SuppressWarnings("try") // the lock is held, and else not used
  public Path run() throws IOException {
    // ============ data ============
    team.prepare();
    RunFolder folder =
        team.isChief() ? RunFolder.of(config, team.workers().count()) : RunFolder.ofChief(config);
    Optional<InitialWeights> initial = team.isChief() ? initialWeights(folder) : Optional.empty();
    Scan scan = folder.scan(this::scanned);
    ImageFolder pictures = pictures(scan);
    PipelineSettings settings = pipelineSettings();
    long steps = settings.stepsPerEpoch(pictures); // refuses too large a batch
    RunSummary run = new RunSummary(config, folder.root(), pictures, team.workers().count(), steps);
    if (!team.isChief()) {
      return train(run, folder, settings, initial);
    }
    folder.checkNotShorter(config, run.steps());
    try (RunLock lock = folder.open(config, listeners::warned)) {
      folder.checkPictures(pictures);
      folder.writeScan(scan);
      folder.writeSkipped(pictures.skipped());
      return train(run, folder, settings, initial);
    }
  }

  private Path train(
      RunSummary run, RunFolder folder, PipelineSettings settings, Optional<InitialWeights> initial)
      throws IOException {
    try (Graph graph = new Graph()) {
      // ============ graph ============
      Ops tf = Ops.create(graph);
      ImagePipeline pipeline =
          new ImagePipeline(
              tf,
              run.pictures(),
              new MultiCropViews(config.views(), config.normalization()),
              settings,
              config.draws(),
              listeners::warned);
      TrainGraph step = trainGraph(tf, pipeline);
      RunPosition position = new RunPosition(tf);
      Checkpoint checkpoint = new Checkpoint(tf, "checkpoint", entries(step, position));

      Function<Session, Meeting> meetings = team.meeting(tf, equal(step), counters(step, position));

      try (Session session =
          team.open(graph, TrainingSession.options(config), listeners::informed)) {
        Meeting meeting = meetings.apply(session);
        meeting.agree(() -> fingerprint(run));

        // ============ resume: 1. newest whole checkpoint, 2. initial values; of the chief
        // ============
        Optional<Path> saved = Optional.empty();
        if (team.isChief()) {
          saved =
              folder
                  .checkpoints()
                  .restoreNewest(
                      newest -> {
                        TrainConfig.read(Checkpoints.configOf(newest));
                        checkpoint.restore(session, newest);
                        position.check(session, newest, run);
                      },
                      listeners::warned);
          if (saved.isPresent()) {
            saved = Optional.of(counted(saved.get(), run, folder, checkpoint, position, session));
          } else {
            step.initialize(session);
            position.begin(session, config);
            initial.ifPresent(weights -> start(weights, tf, step, session));
          }
        }
        meeting.takeOverFromChief();
        checkState(meeting.makeEqual(), "the workers did not take over the chief's weights");
        long done = position.trained(session);
        if (done >= run.steps()) {
          meeting.leave();
          listeners.started(run, done, run.steps());
          return folder.checkpoints().of(done);
        }
        pipeline.start(session, done);

        // ============ loop ============
        LaunchAdvice.forThisProcess().forEach(listeners::informed);
        try (Closer closer = Closer.create()) {
          Listeners all =
              team.isChief()
                  ? listeners.and(
                      closer.register(new JsonLog(folder.log(), done, listeners::warned)))
                  : listeners;
          Saver saver = new Saver(run, folder.checkpoints(), checkpoint, position, session, all);
          Divergence divergence = new Divergence(run, pipeline, session, all);
          LostPictures lost = new LostPictures(run, folder, all);
          TFloat32 yes = TFloat32.scalarOf(1);
          closer.register(yes::close);
          Loop.Step training =
              (scalars, stop, limits) ->
                  pipeline.reading(
                      () ->
                          step.run(
                              session,
                              scalars,
                              runner ->
                                  stop ? step.askToStop(limits.on(runner), yes) : limits.on(runner),
                              List.of(pipeline.unreadable()),
                              batch -> lost.add((TInt64) batch.get(0))));
          return new Loop(run, training, meeting, saver, divergence, lost, all, saved).run(done);
        }
      }
    }
  }

  /** What {@code init} names; a run that goes on has no need of it. */
  private Optional<InitialWeights> initialWeights(RunFolder folder) {
    return config.run().init().isEmpty() || folder.checkpoints().newest().isPresent()
        ? Optional.empty()
        : Optional.of(InitialWeights.read(config));
  }

  /** The checkpoint that a run goes on from; a new one if its steps are counted otherwise now. */
  private Path counted(
      Path restored,
      RunSummary run,
      RunFolder folder,
      Checkpoint checkpoint,
      RunPosition position,
      Session session)
      throws IOException {
    Checkpoints checkpoints = folder.checkpoints();
    position.convert(session, run, steps -> !Files.exists(checkpoints.of(steps)));
    long steps = position.trained(session);
    if (steps == Checkpoints.stepOf(restored)) {
      return restored;
    }
    Path converted =
        new Saver(run, checkpoints, checkpoint, position, session, listeners).saveRenumbered(steps);
    checkpoints.setAsideAllBut(converted);
    listeners.informed(
        "with %d pictures a step, %s of the run's steps becomes %s; the older checkpoints are kept beside it"
            .formatted(run.batchTotal(), restored.getFileName(), converted.getFileName()));
    return converted;
  }

  private void start(InitialWeights weights, Ops tf, TrainGraph step, Session session) {
    weights.load(tf, step, session);
    listeners.informed(weights.description());
  }

  /** What is the same on all workers after each step; BatchNorm's statistics if they are shared. */
  private List<Variable> equal(TrainGraph step) {
    return step.variables().stream()
        .filter(
            variable -> config.compute().syncBatchnorm() || variable.kind() != Params.Kind.STATE)
        .toList();
  }

  private static List<StepCounter> counters(TrainGraph step, RunPosition position) {
    return Stream.concat(step.counters().stream(), position.counters().stream()).toList();
  }

  /** What workers that train together have alike. */
  private Fingerprint fingerprint(RunSummary run) throws IOException {
    ImmutableMap<String, String> settings =
        config.settings().entries(config).entrySet().stream()
            .filter(entry -> ALIKE.contains(entry.getKey().key()) || !entry.getKey().mayChange())
            .filter(entry -> !OF_CHIEF.contains(entry.getKey().key()))
            .collect(
                toImmutableMap(
                    entry -> entry.getKey().key(), entry -> String.valueOf(entry.getValue())));
    PictureSet pictures = PictureSet.of(run.pictures());
    return new Fingerprint(
        settings, pictures.pictures() + " with checksum " + pictures.sha256().substring(0, 12));
  }

  /** All that a checkpoint of a run holds. */
  static List<Checkpoint.Entry> entries(TrainGraph step, RunPosition position) {
    List<Checkpoint.Entry> entries = new ArrayList<>();
    step.variables().forEach(variable -> entries.add(Checkpoint.Entry.of(variable)));
    counters(step, position)
        .forEach(
            count ->
                entries.add(Checkpoint.Entry.ofCount(count.name(), count.handle(), count.value())));
    return entries;
  }

  private void scanned(int files, int ofAll) {
    listeners.informed(
        String.format(Locale.ROOT, "looking at the pictures: %,d of %,d files", files, ofAll));
  }

  private ImageFolder pictures(Scan scan) throws IOException {
    checkArgument(
        !config.run().dataPath().isEmpty(), "no pictures given; name their folder by --data");
    ImageFolder pictures = Records.open(Path.of(config.run().dataPath()), scan);
    pictures.checkSkipped(config.run().maxSkipped());
    return pictures;
  }

  private PipelineSettings pipelineSettings() {
    PipelineSettings usual =
        PipelineSettings.of(config.optimization().batchSizePerGpu(), config.run().seed());
    return new PipelineSettings(
            usual.batchSize(),
            config.optimization().accumulate(),
            usual.seed(),
            config.run().numWorkers() == 0 ? usual.threads() : config.run().numWorkers(),
            usual.memory())
        .onWorker(team.workers().rank(), team.workers().count());
  }

  /** The step that the configuration describes, on a pipeline's crops. */
  private TrainGraph trainGraph(Ops tf, ImagePipeline pipeline) {
    Views views =
        Views.of(tf, pipeline.globalCrops(), pipeline.localCrops(), config.views().views())
            .drawing(pipeline.draws());
    return new TrainGraph(tf, recipe(config, team.workers()), views, pipeline.secondsWaited());
  }

  /**
   * What a configuration says of the step.
   *
   * @param workers that train together
   */
  public static Recipe recipe(TrainConfig config, Workers workers) {
    OptimizerSettings optimization = config.optimization();
    Backbone backbone = config.backbone().create(config.views().globalCropsSize());
    return new Recipe(
        backbone,
        config.objective(),
        optimization.optimizer(),
        optimization.layers().of(backbone),
        optimization.beta2(),
        optimization.clipMode(),
        optimization.clipGrad(),
        optimization.decayAll(),
        config.backbone().dropPathRate(),
        optimization.accumulate(),
        config.compute().arithmetic(),
        config.run().seed(),
        workers,
        config.compute().syncBatchnorm());
  }
}
