package org.dinojvm.train.step;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.DinoHead;
import org.dinojvm.model.DinoLoss;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Mode;
import org.dinojvm.model.MultiCropNetwork;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Kind;
import org.dinojvm.model.Params.Variable;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/**
 * The whole training step as one graph run: teacher and student forward, loss, gradients, clipping,
 * optimizer, EMA and centre, in the published order. Java feeds a few scalars and reads a few.
 *
 * <p>A step may be spread over N batches, a run each: gradients, centre and what is reported are
 * means over all of them, and only the last run clips and updates. BatchNorm is the exception: it
 * sees, and its running statistics follow, every batch by itself, as in torch.
 */
public final class TrainGraph {

  /**
   * What the step is made of.
   *
   * @param network backbone and head of student and teacher
   * @param loss the loss over all views
   * @param optimizer how gradients change weights
   * @param clipping what the limit is measured over
   * @param clipLimit largest gradient norm; 0 for no clipping
   * @param dropPathRate stochastic depth of the student
   * @param accumulate N, batches of one optimizer step
   * @param arithmetic of both backbones
   * @param seed of initial values and stochastic depth
   */
  public record Recipe(
      MultiCropNetwork network,
      DinoLoss loss,
      Optimizer optimizer,
      Clipping clipping,
      double clipLimit,
      double dropPathRate,
      int accumulate,
      Arithmetic arithmetic,
      long seed) {}

  /**
   * What changes from step to step.
   *
   * @param step number of the optimizer step, from 0; seeds the stochastic depth
   * @param learningRate of the optimizer
   * @param weightDecay of the decayed weights
   * @param momentum m of the EMA
   * @param teacherTemp τ_t
   * @param lastLayerFrozen whether the optimizer skips the last layer
   */
  public record Scalars(
      long step,
      double learningRate,
      double weightDecay,
      double momentum,
      double teacherTemp,
      boolean lastLayerFrozen) {}

  /**
   * What a step reports; see {@link DinoLoss.Terms}.
   *
   * @param secondsWaited for the views of all of the step's batches
   * @param gradientNorm norm over all gradients before clipping
   */
  public record Metrics(
      float loss,
      float teacherEntropy,
      float kl,
      float meanEntropy,
      float secondsWaited,
      float gradientNorm) {

    /** Whether training can go on from here. */
    public boolean isFinite() {
      return Float.isFinite(loss) && Float.isFinite(gradientNorm);
    }
  }

  private final Params student;
  private final Params teacher;
  private final Params slots;
  private final Variable center;
  private final StepCounter updates;
  private final StepCounter lastLayerUpdates;

  private final int accumulate;
  private final Placeholder<TInt64> batchNumber;
  private final Placeholder<TFloat64> learningRate;
  private final Placeholder<TFloat64> weightDecay;
  private final Placeholder<TFloat64> momentum;
  private final Placeholder<TFloat32> teacherTemp;

  private final Operand<TFloat32> metrics;
  private final Operand<TFloat32> gradientNorms;
  private final Op train;
  private final Op trainFrozen;
  private final Op accumulateFirst;
  private final Op accumulateFurther;
  private final Op initialize;
  private final Op copyToTeacher;

  /** Builds the step on views that are there without waiting. */
  public TrainGraph(
      Ops tf, Recipe recipe, List<Operand<TFloat32>> crops, Operand<TFloat32> globalCrops) {
    this(tf, recipe, crops, globalCrops, tf.constant(0f));
  }

  /**
   * Builds the step into a graph.
   *
   * @param tf ops of the graph
   * @param crops the student's views, one tensor [n, H, W, 3] per resolution, crop-major, the
   *     global views first
   * @param globalCrops the teacher's views [2B, H, W, 3], crop-major
   * @param secondsWaited how long these views were waited for, scalar
   */
  public TrainGraph(
      Ops tf,
      Recipe recipe,
      List<Operand<TFloat32>> crops,
      Operand<TFloat32> globalCrops,
      Operand<TFloat32> secondsWaited) {
    accumulate = recipe.accumulate();
    batchNumber = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    learningRate = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.scalar()));
    weightDecay = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.scalar()));
    momentum = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.scalar()));
    teacherTemp = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    student = Params.create(tf, "student", recipe.seed());
    teacher = Params.create(tf, "teacher", recipe.seed());
    slots = Params.create(tf, "optimizer", recipe.seed());
    updates = StepCounter.create(tf, "optimizer.updates");
    lastLayerUpdates = StepCounter.create(tf, "optimizer.last_layer_updates");
    center =
        Params.create(tf, "loss", recipe.seed())
            .slot("center", Shape.of(1, recipe.network().head().outDim()), Initializer.zeros());

    // ============ forward and loss ============
    MultiCropNetwork network = recipe.network();
    Operand<TFloat32> teacherLogits =
        network.logits(
            tf,
            teacher,
            List.of(globalCrops),
            Mode.TEACHER.in(recipe.arithmetic().forwardOnly())); // only the global views
    Mode studentMode =
        Mode.student(
                recipe.dropPathRate(), tf.stack(List.of(tf.constant(recipe.seed()), batchNumber)))
            .in(recipe.arithmetic());
    Operand<TFloat32> studentLogits = network.logits(tf, student, crops, studentMode);
    DinoLoss.Terms terms =
        recipe.loss().terms(tf, studentLogits, teacherLogits, center.value(), teacherTemp);

    Operand<TFloat32> report =
        tf.stack(
            List.of(
                terms.loss(),
                terms.teacherEntropy(),
                terms.kl(),
                terms.meanEntropy(),
                tf.math.mul(secondsWaited, tf.constant((float) accumulate)))); // summed in the mean

    // ============ gradients, means over the step's batches ============
    Accumulation accumulation = new Accumulation(tf, accumulate);
    List<Operand<TFloat32>> gradients = gradients(tf, terms.loss(), accumulation);
    Operand<TFloat32> newCenter =
        accumulation.mean(center.name(), center.shape(), terms.newCenter());
    Operand<TFloat32> meanReport = accumulation.mean("report", Shape.of(5), report);

    // ============ clipping ============
    List<Operand<TFloat32>> norms = gradients.stream().map(g -> Optimizer.norm(tf, g)).toList();
    List<Operand<TFloat32>> clipped =
        recipe.clipping().clip(tf, gradients, norms, recipe.clipLimit());
    gradientNorms = tf.stack(norms);
    Operand<TFloat32> globalNorm = tf.expandDims(Clipping.globalNorm(tf, norms), tf.constant(0));
    metrics = tf.concat(List.of(meanReport, globalNorm), tf.constant(0));

    // ============ updates: optimizer, EMA, centre, statistics ============
    List<Op> everyBatch = join(student.stateUpdates(), teacher.stateUpdates());
    List<Op> always = new ArrayList<>(everyBatch);
    always.add(tf.assignVariableOp(center.handle(), newCenter));
    always.add(updates.increment());
    List<Op> thawedOnly = new ArrayList<>(List.of(lastLayerUpdates.increment()));
    List<Op> frozenOnly = new ArrayList<>();
    buildUpdates(tf, recipe.optimizer(), clipped, always, thawedOnly, frozenOnly);
    train = tf.withControlDependencies(join(always, thawedOnly)).noOp();
    trainFrozen = tf.withControlDependencies(join(always, frozenOnly)).noOp();
    accumulateFirst = tf.withControlDependencies(join(everyBatch, accumulation.first())).noOp();
    accumulateFurther = tf.withControlDependencies(join(everyBatch, accumulation.further())).noOp();
    initialize = tf.withControlDependencies(initializers()).noOp();
    copyToTeacher = tf.withControlDependencies(copies(tf)).noOp();
  }

  private List<Operand<TFloat32>> gradients(
      Ops tf, Operand<TFloat32> loss, Accumulation accumulation) {
    List<Variable> trained = student.trainable();
    List<Operand<TFloat32>> values = trained.stream().map(Variable::value).toList();
    Gradients gradients = tf.gradients(loss, values);
    List<Operand<TFloat32>> typed = new ArrayList<>();
    for (int i = 0; i < trained.size(); i++) {
      Variable weight = trained.get(i);
      typed.add(accumulation.mean(weight.name(), weight.shape(), gradients.dy(i)));
    }
    return typed;
  }

  private void buildUpdates(
      Ops tf,
      Optimizer optimizer,
      List<Operand<TFloat32>> clipped,
      List<Op> always,
      List<Op> thawedOnly,
      List<Op> frozenOnly) {
    Operand<TFloat32> oneMinusMomentum =
        tf.dtypes.cast(tf.math.sub(tf.constant(1.0), momentum), TFloat32.class);
    Optimizer.Rates rates = new Optimizer.Rates(learningRate, weightDecay, updates.next(tf));
    Optimizer.Rates lastLayerRates =
        new Optimizer.Rates(learningRate, weightDecay, lastLayerUpdates.next(tf));
    int gradient = 0;
    for (Variable weight : student.variables()) {
      if (weight.kind() == Kind.STATE) {
        continue; // the teacher has running statistics of its own
      }
      Variable follower = teacher.variable(student.relativeName(weight));
      if (weight.kind() == Kind.FIXED) {
        always.add(Ema.follow(tf, follower, weight, oneMinusMomentum));
        continue;
      }
      boolean lastLayer = DinoHead.isLastLayer(weight.name());
      Op applied =
          optimizer.apply(
              tf, slots, weight, clipped.get(gradient++), lastLayer ? lastLayerRates : rates);
      Op followed =
          Ema.follow(tf.withControlDependencies(applied), follower, weight, oneMinusMomentum);
      if (lastLayer) {
        thawedOnly.add(followed);
        frozenOnly.add(Ema.follow(tf, follower, weight, oneMinusMomentum));
      } else {
        always.add(followed);
      }
    }
  }

  private static ImmutableList<Op> join(List<Op> first, List<Op> second) {
    return ImmutableList.<Op>builder().addAll(first).addAll(second).build();
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
      Variable follower = teacher.variable(student.relativeName(weight));
      ops.add(tf.assignVariableOp(follower.handle(), weight.value()));
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
  public Metrics run(Session session, Scalars scalars) {
    return run(session, scalars, List.of(), batch -> {});
  }

  /**
   * Runs one training step on the pipeline's next batches.
   *
   * @param watched further tensors to fetch with each batch
   * @param watcher is given them, before they are closed
   */
  public Metrics run(
      Session session,
      Scalars scalars,
      List<? extends Operand<?>> watched,
      Consumer<List<Tensor>> watcher) {
    UnaryOperator<Session.Runner> fetch =
        runner -> {
          watched.forEach(runner::fetch);
          return runner;
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
      Session session, Scalars scalars, int batch, UnaryOperator<Session.Runner> extras) {
    Op target = batch == 0 ? accumulateFirst : accumulateFurther;
    return run(session, scalars, batch, runner -> extras.apply(runner.addTarget(target)));
  }

  /**
   * Runs the last, or only, batch of a training step with feeds and fetches of the caller's own.
   *
   * @param extras adds to the run; its fetches follow the metrics in the result
   * @return to be closed by the caller; {@link #readMetrics} reads its first tensor
   */
  public Result run(Session session, Scalars scalars, UnaryOperator<Session.Runner> extras) {
    Op target = scalars.lastLayerFrozen() ? trainFrozen : train;
    return run(
        session,
        scalars,
        accumulate - 1,
        runner -> extras.apply(runner.addTarget(target).fetch(metrics)));
  }

  private Result run(
      Session session, Scalars scalars, int batch, UnaryOperator<Session.Runner> what) {
    try (TInt64 numberTensor = TInt64.scalarOf(scalars.step() * accumulate + batch);
        TFloat64 rateTensor = TFloat64.scalarOf(scalars.learningRate());
        TFloat64 decayTensor = TFloat64.scalarOf(scalars.weightDecay());
        TFloat64 momentumTensor = TFloat64.scalarOf(scalars.momentum());
        TFloat32 tempTensor = TFloat32.scalarOf((float) scalars.teacherTemp())) {
      Session.Runner runner =
          session
              .runner()
              .feed(batchNumber, numberTensor)
              .feed(learningRate, rateTensor)
              .feed(weightDecay, decayTensor)
              .feed(momentum, momentumTensor)
              .feed(teacherTemp, tempTensor);
      return what.apply(runner).run();
    }
  }

  /** The metrics of a run of {@link #run(Session, Scalars, UnaryOperator)}. */
  public static Metrics readMetrics(Result result) {
    TFloat32 packed = (TFloat32) result.get(0);
    return new Metrics(
        packed.getFloat(0),
        packed.getFloat(1),
        packed.getFloat(2),
        packed.getFloat(3),
        packed.getFloat(4),
        packed.getFloat(5));
  }

  /** The student's weights. */
  public Params student() {
    return student;
  }

  /** The teacher's weights. */
  public Params teacher() {
    return teacher;
  }

  /** All float variables: student, teacher, optimizer, centre. */
  public ImmutableList<Variable> variables() {
    return ImmutableList.<Variable>builder()
        .addAll(student.variables())
        .addAll(teacher.variables())
        .addAll(slots.variables())
        .add(center)
        .build();
  }

  /** The update counters. */
  public ImmutableList<StepCounter> counters() {
    return ImmutableList.of(updates, lastLayerUpdates);
  }

  /** The loss's centre [1, K]. */
  public Variable center() {
    return center;
  }

  /** [tensors] gradient norms before clipping, in order of the student's trained weights. */
  public Operand<TFloat32> gradientNorms() {
    return gradientNorms;
  }
}
