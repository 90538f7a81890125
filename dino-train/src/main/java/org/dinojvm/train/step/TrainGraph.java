package org.dinojvm.train.step;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.objective.Loss;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.objective.StepInputs;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.optimizer.StepCounter;
import org.dinojvm.train.optimizer.WeightRule;
import org.dinojvm.train.schedule.StepScalars;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.PlaceholderWithDefault;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * The whole training step as one graph run: forward passes and loss of an {@link Objective},
 * gradients, clipping, optimizer, EMA and the objective's state, in the published order. Java feeds
 * a few scalars and reads a few.
 *
 * <p>A step may be spread over N batches, a run each: gradients, state and what is reported are
 * means over all of them, and only the last run clips and updates. BatchNorm is the exception: it
 * sees, and its running statistics follow, every batch by itself, as in torch.
 */
public final class TrainGraph {

  private final Params student;
  private final Params teacher;
  private final Params slots;
  private final Params state;
  private final WeightUpdates updates;
  private final ImmutableList<Variable> trained;

  private final int accumulate;
  private final Placeholder<TInt64> batchNumber;
  private final Map<String, Placeholder<TFloat64>> schedules = new LinkedHashMap<>();

  private final ImmutableList<String> reported;

  /** Above 0 where this worker was asked to stop, which the step tells all; none for one worker. */
  private final Optional<PlaceholderWithDefault<TFloat32>> stopAsked;

  private final Operand<TFloat32> metrics;
  private final Operand<TFloat32> gradientNorms;
  private final Op train;
  private final Op trainFrozen;
  private final Op accumulateFirst;
  private final Op accumulateFurther;
  private final Op initialize;
  private final Op copyToTeacher;

  /** Builds the step on views that need no waiting. */
  public TrainGraph(Ops tf, Recipe recipe, Views views) {
    this(tf, recipe, views, tf.constant(0f));
  }

  /**
   * Builds the step into a graph.
   *
   * @param tf ops of the graph
   * @param views of the batch
   * @param secondsWaited how long these views were waited for, scalar
   */
  public TrainGraph(Ops tf, Recipe recipe, Views views, Operand<TFloat32> secondsWaited) {
    accumulate = recipe.accumulate();
    batchNumber = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Objective objective = recipe.objective();
    Map<String, Initializer> fixed = objective.fixedWeights(recipe.backbone());
    student = Params.create(tf, "student", recipe.seed(), fixed);
    teacher = Params.create(tf, "teacher", recipe.seed(), fixed);
    if (objective.teacherFollowsFirst()) {
      teacher.following(student, oneMinus(tf, scheduled(tf, Objective.MOMENTUM)));
    }
    slots = Params.create(tf, "optimizer", recipe.seed());
    state = Params.create(tf, "loss", recipe.seed());
    updates =
        new WeightUpdates(
            tf,
            recipe.optimizer(),
            slots,
            name -> scheduled(tf, name),
            weight -> rule(recipe, weight),
            objective.frozenWeights(),
            recipe.beta2(),
            objective.teacherLags());

    // ============ forward and loss ============
    Loss loss = objective.loss(inputs(tf, recipe, views));

    // ============ gradients, means over the step's batches ============
    Accumulation accumulation = new Accumulation(tf, accumulate, recipe.workers());
    trained = // TensorFlow goes back from the loss no further than to these
        student.trainable().stream()
            .filter(weight -> !recipe.layers().frozen(student.relativeName(weight)))
            .collect(toImmutableList());
    List<Operand<TFloat32>> gradients = gradients(tf, loss.value(), trained, accumulation);
    reported = reported(loss);
    stopAsked =
        recipe.workers().count() == 1
            ? Optional.empty()
            : Optional.of(tf.placeholderWithDefault(tf.constant(0f), Shape.scalar()));
    Operand<TFloat32> meanReport = meanReport(tf, loss, secondsWaited, accumulation);

    // ============ clipping ============
    List<Operand<TFloat32>> norms = gradients.stream().map(g -> Optimizer.norm(tf, g)).toList();
    List<Operand<TFloat32>> clipped =
        recipe.clipping().clip(tf, modules(trained), gradients, norms, recipe.clipLimit());
    gradientNorms = tf.stack(norms);
    Operand<TFloat32> globalNorm = tf.expandDims(Clipping.globalNorm(tf, norms), tf.constant(0));
    metrics = tf.concat(List.of(globalNorm, meanReport), tf.constant(0));

    // ============ updates: optimizer, EMA, the objective's state, statistics ============
    Map<Variable, Operand<TFloat32>> byWeight = new LinkedHashMap<>();
    for (int i = 0; i < trained.size(); i++) {
      byWeight.put(trained.get(i), clipped.get(i));
    }
    updates.add(student, teacher, byWeight, oneMinusMomentum(tf));
    List<Op> everyBatch = new ArrayList<>(student.stateUpdates());
    everyBatch.addAll(teacher.stateUpdates());
    List<Op> everyStep = new ArrayList<>(updates.always());
    loss.updates()
        .forEach(update -> addStateUpdate(tf, update, accumulation, everyBatch, everyStep));
    train = group(tf, List.of(everyBatch, everyStep, updates.thawedOnly()));
    trainFrozen = group(tf, List.of(everyBatch, everyStep, updates.frozenOnly()));
    accumulateFirst = group(tf, List.of(everyBatch, accumulation.first()));
    accumulateFurther = group(tf, List.of(everyBatch, accumulation.further()));
    initialize = group(tf, List.of(initializers()));
    copyToTeacher = group(tf, List.of(copies(tf)));
  }

  private WeightRule rule(Recipe recipe, Variable weight) {
    WeightRule rule = recipe.objective().rule(weight, recipe.decayAll());
    double share = recipe.layers().share(student.relativeName(weight));
    return rule.atRate(rule.rateFactor() * share);
  }

  /** A scheduled number, which every run is fed: a scalar. */
  private Operand<TFloat64> scheduled(Ops tf, String name) {
    return schedules.computeIfAbsent(
        name, unknown -> tf.placeholder(TFloat64.class, Placeholder.shape(Shape.scalar())));
  }

  private StepInputs inputs(Ops tf, Recipe recipe, Views views) {
    Operand<TInt64> seed = tf.stack(List.of(tf.constant(recipe.seed()), batchNumber));
    return new StepInputs(
        tf,
        recipe.backbone(),
        student,
        teacher,
        state,
        views,
        among(recipe, Mode.student(recipe.dropPathRate(), seed)),
        among(recipe, Mode.TEACHER),
        recipe.workers(),
        name -> tf.dtypes.cast(scheduled(tf, name), TFloat32.class));
  }

  private static Mode among(Recipe recipe, Mode mode) {
    return mode.in(recipe.arithmetic()).among(recipe.workers()).sharing(recipe.syncBatchNorm());
  }

  private static List<Operand<TFloat32>> gradients(
      Ops tf, Operand<TFloat32> loss, List<Variable> trained, Accumulation accumulation) {
    Gradients gradients = tf.gradients(loss, trained.stream().map(Variable::value).toList());
    List<Operand<TFloat32>> means = new ArrayList<>();
    for (int i = 0; i < trained.size(); i++) {
      Variable weight = trained.get(i);
      means.add(accumulation.meanOfWorkers(weight.name(), weight.shape(), gradients.dy(i)));
    }
    return means;
  }

  /** The part of the network that each weight belongs to: backbone, a head. */
  private List<String> modules(List<Variable> weights) {
    return weights.stream()
        .map(student::relativeName)
        .map(name -> name.substring(0, Math.max(0, name.indexOf('.'))))
        .toList();
  }

  /** Names of the metrics, in the order of {@link #metrics}. */
  private static ImmutableList<String> reported(Loss loss) {
    return ImmutableList.<String>builder()
        .add(StepRecord.LOSS)
        .addAll(loss.metrics().keySet())
        .add(StepRecord.GRADIENT_NORM)
        .build();
  }

  /**
   * Loss, the objective's metrics, the seconds waited and, of several workers, whether one was
   * asked to stop: a vector.
   */
  private Operand<TFloat32> meanReport(
      Ops tf, Loss loss, Operand<TFloat32> secondsWaited, Accumulation accumulation) {
    List<Operand<TFloat32>> report = new ArrayList<>(List.of(loss.value()));
    report.addAll(loss.metrics().values());
    report.add( // summed in the mean
        tf.math.mul(secondsWaited, tf.constant((float) accumulation.batches())));
    stopAsked.ifPresent(report::add);
    return accumulation.meanOfWorkers("report", Shape.of(report.size()), tf.stack(report));
  }

  /** 1 − m of the teacher's EMA: a scalar; absent where there is no teacher. */
  private Optional<Operand<TFloat32>> oneMinusMomentum(Ops tf) {
    return teacher.variables().isEmpty()
        ? Optional.empty()
        : Optional.of(oneMinus(tf, scheduled(tf, Objective.MOMENTUM)));
  }

  private static Operand<TFloat32> oneMinus(Ops tf, Operand<TFloat64> momentum) {
    return tf.dtypes.cast(tf.math.sub(tf.constant(1.0), momentum), TFloat32.class);
  }

  private static void addStateUpdate(
      Ops tf,
      Loss.Update update,
      Accumulation accumulation,
      List<Op> everyBatch,
      List<Op> everyStep) {
    Variable variable = update.variable();
    Operand<TFloat32> value =
        update.when() == Loss.Assigned.MEAN_OF_BATCHES
            ? accumulation.mean(variable.name(), variable.shape(), update.value())
            : update.value();
    (update.when() == Loss.Assigned.EACH_BATCH ? everyBatch : everyStep)
        .add(tf.assignVariableOp(variable.handle(), value));
  }

  private static Op group(Ops tf, List<List<Op>> ops) {
    return tf.withControlDependencies(ops.stream().flatMap(List::stream).toList()).noOp();
  }

  private List<Op> initializers() {
    List<Op> ops = new ArrayList<>();
    for (Variable variable : variables()) {
      if (!teacher.variables().contains(variable)) { // which is copied
        ops.add(variable.initialize());
      }
    }
    counters().forEach(counter -> ops.add(counter.initialize()));
    return ops;
  }

  private List<Op> copies(Ops tf) {
    List<Op> ops = new ArrayList<>();
    for (Variable weight : student.variables()) {
      teacher
          .find(student.relativeName(weight))
          .ifPresent(follower -> ops.add(tf.assignVariableOp(follower.handle(), weight.stored())));
    }
    return ops;
  }

  /** Gives every weight its initial value; the teacher is a copy of the student. */
  public void initialize(Session session) {
    session.run(initialize);
    session.run(copyToTeacher);
  }

  /** Makes the teacher a copy of the student, after the student was set from elsewhere. */
  public void copyStudentToTeacher(Session session) {
    session.run(copyToTeacher);
  }

  /**
   * Runs one training step, all of its batches.
   *
   * @throws org.tensorflow.exceptions.TFOutOfRangeException if the pipeline has no further crops
   */
  public StepMetrics run(Session session, StepScalars scalars) {
    return run(session, scalars, runner -> runner, List.of(), batch -> {});
  }

  /**
   * Runs one training step on the pipeline's next batches.
   *
   * @param extras adds to each batch's run: options, feeds such as {@link #askToStop}
   * @param watched further tensors to fetch with each batch
   * @param watcher is given them, before they are closed
   */
  public StepMetrics run(
      Session session,
      StepScalars scalars,
      UnaryOperator<Session.Runner> extras,
      List<? extends Operand<?>> watched,
      Consumer<List<Tensor>> watcher) {
    UnaryOperator<Session.Runner> fetch =
        runner -> {
          watched.forEach(runner::fetch);
          return extras.apply(runner);
        };
    for (int batch = 0; batch < accumulate - 1; batch++) {
      try (Result result = accumulate(session, scalars, batch, fetch)) {
        watcher.accept(tensors(result, 0));
      }
    }
    try (Result result = run(session, scalars, fetch)) {
      watcher.accept(tensors(result, 1));
      return readMetrics(result);
    }
  }

  private static List<Tensor> tensors(Result result, int from) {
    return IntStream.range(from, result.size()).mapToObj(result::get).toList();
  }

  /**
   * Runs one of the batches before a step's last, with feeds of the caller's own.
   *
   * @param batch its number in the step, from 0
   * @param extras adds to the run
   * @return what they fetch; to be closed by the caller
   */
  Result accumulate(
      Session session, StepScalars scalars, int batch, UnaryOperator<Session.Runner> extras) {
    Op target = batch == 0 ? accumulateFirst : accumulateFurther;
    return run(session, scalars, batch, runner -> extras.apply(runner.addTarget(target)));
  }

  /**
   * Runs the last, or only, batch of a training step with feeds and fetches of the caller's own.
   *
   * @param extras adds to the run; its fetches follow the metrics in the result
   * @return to be closed by the caller; {@link #readMetrics} reads its first tensor
   */
  public Result run(Session session, StepScalars scalars, UnaryOperator<Session.Runner> extras) {
    Op target = scalars.frozen() ? trainFrozen : train;
    return run(
        session,
        scalars,
        accumulate - 1,
        runner -> extras.apply(runner.addTarget(target).fetch(metrics)));
  }

  private Result run(
      Session session, StepScalars scalars, int batch, UnaryOperator<Session.Runner> what) {
    List<Tensor> fed = new ArrayList<>();
    try {
      Session.Runner runner = session.runner();
      fed.add(TInt64.scalarOf(scalars.step() * accumulate + batch));
      runner.feed(batchNumber, fed.get(0));
      schedules.forEach(
          (name, placeholder) -> {
            TFloat64 number = TFloat64.scalarOf(scalars.scheduled(name));
            fed.add(number);
            runner.feed(placeholder, number);
          });
      return what.apply(runner).run();
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  /** The metrics of a run of {@link #run(Session, StepScalars, UnaryOperator)}. */
  public StepMetrics readMetrics(Result result) {
    TFloat32 packed = (TFloat32) result.get(0); // gradient norm, means, seconds waited
    int last = reported.size() - 1;
    ImmutableMap.Builder<String, Double> values = ImmutableMap.builder();
    for (int i = 0; i < last; i++) {
      values.put(reported.get(i), (double) packed.getFloat(i + 1));
    }
    values.put(reported.get(last), (double) packed.getFloat(0));
    boolean stop = stopAsked.isPresent() && packed.getFloat(last + 2) > 0;
    return new StepMetrics(values.buildOrThrow(), packed.getFloat(last + 1), stop);
  }

  /**
   * Feeds that this worker was asked to stop, so that the step tells all.
   *
   * @param yes the scalar 1, to be closed by the caller after its last run
   */
  public Session.Runner askToStop(Session.Runner runner, TFloat32 yes) {
    stopAsked.ifPresent(flag -> runner.feed(flag, yes));
    return runner;
  }

  /** The student's weights. */
  public Params student() {
    return student;
  }

  /** The teacher's weights; none for an objective without a teacher. */
  public Params teacher() {
    return teacher;
  }

  /** What the objective keeps from step to step. */
  public Params state() {
    return state;
  }

  /** All float variables: student, teacher, optimizer, the objective's state. */
  public ImmutableList<Variable> variables() {
    return ImmutableList.<Variable>builder()
        .addAll(student.variables())
        .addAll(teacher.variables())
        .addAll(slots.variables())
        .addAll(state.variables())
        .build();
  }

  /** The counters of updates. */
  public List<StepCounter> counters() {
    return updates.counters();
  }

  /** The student's weights that the optimizer changes; not those of frozen blocks. */
  public ImmutableList<Variable> trained() {
    return trained;
  }

  /** [tensors] gradient norms before clipping, in order of {@link #trained}. */
  public Operand<TFloat32> gradientNorms() {
    return gradientNorms;
  }
}
