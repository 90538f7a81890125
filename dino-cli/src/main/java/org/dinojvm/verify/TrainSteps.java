package org.dinojvm.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dinojvm.train.TrainingSession;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.step.StepScalars;
import org.dinojvm.train.step.TrainGraph;
import org.dinojvm.train.step.TrainGraph.Recipe;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.WeightLoader;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** The training graph, fed with given crops instead of a pipeline's. */
final class TrainSteps implements AutoCloseable {

  /**
   * What one step gave.
   *
   * @param center [K] after the step
   * @param gradientNorms before clipping, in order of the trained weights
   */
  record Step(double loss, float[] center, float[] gradientNorms) {}

  private final Graph graph = new Graph();
  private final Session session;
  private final List<Placeholder<TFloat32>> crops = new ArrayList<>();
  private final Placeholder<TFloat32> globalCrops;
  private final TrainGraph training;
  private final WeightLoader student;
  private final WeightLoader teacher;

  /**
   * Builds the graph.
   *
   * @param sample crops of one step, whose shapes are those of all
   */
  TrainSteps(Recipe recipe, StepCrops sample) {
    Ops tf = Ops.create(graph);
    List<Operand<TFloat32>> inputs = new ArrayList<>();
    for (Weight group : sample.byResolution()) {
      crops.add(tf.placeholder(TFloat32.class, Placeholder.shape(StepCrops.nhwc(group))));
    }
    inputs.addAll(crops);
    globalCrops =
        tf.placeholder(TFloat32.class, Placeholder.shape(StepCrops.nhwc(sample.global())));
    training =
        new TrainGraph(
            tf, recipe, new Views(globalCrops, ImmutableList.copyOf(inputs), sample.views()));
    student = new WeightLoader(tf, training.student());
    teacher = new WeightLoader(tf, training.teacher());
    session = TrainingSession.open(graph, TrainConfig.defaults());
    training.initialize(session);
  }

  /** Starts from a student's weights; the teacher is a copy. */
  void start(Map<String, Weight> weights) {
    student.load(session, weights);
    training.copyStudentToTeacher(session);
  }

  /** Trains one step. */
  Step run(StepScalars scalars, StepCrops step) {
    List<TFloat32> fed = new ArrayList<>();
    try {
      step.byResolution().forEach(group -> fed.add(Pixels.nhwc(group)));
      fed.add(Pixels.nhwc(step.global()));
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
              return runner
                  .feed(globalCrops, fed.get(crops.size()))
                  .fetch(training.gradientNorms());
            })) {
      double loss = training.readMetrics(result).loss();
      return new Step(loss, center(), Pixels.floats(result.get(1)));
    }
  }

  private float[] center() {
    try (Result result =
        session.runner().fetch(training.state().variable("center").value()).run()) {
      return Pixels.floats(result.get(0));
    }
  }

  /** The present weights of the student, by published name. */
  ImmutableMap<String, Weight> student() {
    return student.read(session);
  }

  /** The present weights of the teacher, by published name. */
  ImmutableMap<String, Weight> teacher() {
    return teacher.read(session);
  }

  /** Published names of the student's trained weights, in order of the gradient norms. */
  List<String> trainedNames() {
    return training.trained().stream()
        .map(training.student()::relativeName)
        .map(org.dinojvm.weights.PublishedNames::publishedName)
        .toList();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
