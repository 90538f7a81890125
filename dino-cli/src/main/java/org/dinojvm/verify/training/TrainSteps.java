package org.dinojvm.verify.training;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.train.TrainingSession;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.Recipe;
import org.dinojvm.train.step.TrainGraph;
import org.dinojvm.verify.Pixels;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/** The training graph, fed with given crops instead of a pipeline's. */
public final class TrainSteps implements AutoCloseable {

  /**
   * What one step gave.
   *
   * @param metrics by name
   * @param gradientNorms before clipping, in order of the trained weights
   */
  public record Step(ImmutableMap<String, Double> metrics, float[] gradientNorms) {

    /** The loss. */
    public double loss() {
      return metrics.get(StepRecord.LOSS);
    }
  }

  private final Graph graph = new Graph();
  private final Session session;
  private final List<Placeholder<TFloat32>> crops = new ArrayList<>();
  private final Placeholder<TFloat32> globalCrops;
  private final Placeholder<TFloat32> masks;
  private final TrainGraph training;
  private final WeightLoader student;
  private final WeightLoader teacher;

  /** Builds the graph without masks. */
  public TrainSteps(Recipe recipe, StepCrops sample) {
    this(recipe, sample, Optional.empty());
  }

  /**
   * Builds the graph.
   *
   * @param sample crops of one step, whose shapes are those of all
   * @param sampleMasks masks of one step, crop 0 first, [2B, …]; absent where nothing is masked
   */
  public TrainSteps(Recipe recipe, StepCrops sample, Optional<Weight> sampleMasks) {
    Ops tf = Ops.create(graph);
    List<Operand<TFloat32>> inputs = new ArrayList<>();
    for (Weight group : sample.byResolution()) {
      crops.add(tf.placeholder(TFloat32.class, Placeholder.shape(StepCrops.nhwc(group))));
    }
    inputs.addAll(crops);
    globalCrops =
        tf.placeholder(TFloat32.class, Placeholder.shape(StepCrops.nhwc(sample.global())));
    Views views = new Views(globalCrops, ImmutableList.copyOf(inputs), sample.views());
    masks = tf.placeholder(TFloat32.class);
    training =
        new TrainGraph(
            tf,
            recipe,
            sampleMasks.map(sampled -> views.masked(masked(tf, sampled))).orElse(views));
    student = new WeightLoader(tf, training.student());
    teacher = new WeightLoader(tf, training.teacher());
    session = TrainingSession.open(graph, TrainConfig.defaults());
    training.initialize(session);
  }

  /** Which patches of a crop are masked: [2B, N]. */
  private Operand<TBool> masked(Ops tf, Weight sample) {
    int crops = (int) sample.shape().get(0);
    return tf.math.greater(
        tf.reshape(masks, tf.constant(new int[] {crops, sample.size() / crops})), tf.constant(0f));
  }

  /** Starts from a student's weights; the teacher is a copy. */
  public void start(Map<String, Weight> weights) {
    student.load(session, weights);
    training.copyStudentToTeacher(session);
  }

  /** Gives the teacher weights that are not the student's. */
  public void startTeacher(Map<String, Weight> weights) {
    teacher.load(session, weights);
  }

  /** Trains one step without masks. */
  public Step run(StepScalars scalars, StepCrops step) {
    return run(scalars, step, Optional.empty());
  }

  /** Trains one step. */
  public Step run(StepScalars scalars, StepCrops step, Optional<Weight> masksOfStep) {
    List<TFloat32> fed = new ArrayList<>();
    try {
      step.byResolution().forEach(group -> fed.add(Pixels.nhwc(group)));
      fed.add(Pixels.nhwc(step.global()));
      masksOfStep.ifPresent(given -> fed.add(Pixels.tensor(given)));
      return run(scalars, fed);
    } finally {
      fed.forEach(TFloat32::close);
    }
  }

  private Step run(StepScalars scalars, List<TFloat32> fed) {
    try (Result result =
        training.run(
            session,
            scalars,
            runner -> {
              for (int i = 0; i < crops.size(); i++) {
                runner.feed(crops.get(i), fed.get(i));
              }
              if (fed.size() > crops.size() + 1) {
                runner.feed(masks, fed.get(crops.size() + 1));
              }
              return runner
                  .feed(globalCrops, fed.get(crops.size()))
                  .fetch(training.gradientNorms());
            })) {
      return new Step(training.readMetrics(result).values(), Pixels.floats(result.get(1)));
    }
  }

  /** A variable of the objective's state, as it is now. */
  public float[] state(String name) {
    try (Result result = session.runner().fetch(training.state().variable(name).value()).run()) {
      return Pixels.floats(result.get(0));
    }
  }

  /** The present weights of the student, by published name. */
  public ImmutableMap<String, Weight> student() {
    return student.read(session);
  }

  /** The present weights of the teacher, by published name; none where there is no teacher. */
  public ImmutableMap<String, Weight> teacher() {
    return training.teacher().variables().isEmpty() ? ImmutableMap.of() : teacher.read(session);
  }

  /** Published names of the student's trained weights, in order of the gradient norms. */
  public List<String> trainedNames() {
    return training.trained().stream()
        .map(training.student()::relativeName)
        .map(org.dinojvm.weights.names.PublishedNames::publishedName)
        .toList();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
