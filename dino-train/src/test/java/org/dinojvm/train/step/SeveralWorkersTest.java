package org.dinojvm.train.step;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.Workers;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.train.objective.ContrastiveSettings;
import org.dinojvm.train.objective.Dino;
import org.dinojvm.train.objective.DinoV2;
import org.dinojvm.train.objective.Objective;
import org.dinojvm.train.objective.ProjectionSettings;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.optimizer.Clipping;
import org.dinojvm.train.optimizer.LayerSettings;
import org.dinojvm.train.optimizer.Optimizer;
import org.dinojvm.train.schedule.StepScalars;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The step of one of two workers, the other of which has the same pictures. */
class SeveralWorkersTest {

  /** What the other worker computes is what this one does; counts how often they meet. */
  private static final class Twins implements Workers {
    int meetings;

    @Override
    public int rank() {
      return 1;
    }

    @Override
    public int count() {
      return 2;
    }

    @Override
    public Operand<TFloat32> sum(Ops tf, Operand<TFloat32> value) {
      meetings++;
      return tf.math.mul(value, tf.constant(2f));
    }

    @Override
    public Operand<TFloat32> gather(Ops tf, Operand<TFloat32> value) {
      meetings++;
      return tf.concat(List.of(value, value), tf.constant(0));
    }
  }

  /** Means over equal batches are those of one batch; without a norm over the batch, to the bit. */
  @ParameterizedTest
  @CsvSource({"1", "2"})
  void twinsTrainLikeOneWorker(int accumulate) {
    Twins twins = new Twins();
    List<float[]> expected = trained(Workers.ONE, accumulate, false);
    List<float[]> actual = trained(twins, accumulate, false);
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i));
    }
    // six weights of the head's MLP, the last layer, the report, the center, the mean entropy
    assertEquals(10, twins.meetings);
  }

  /** BatchNorm's variance is unbiased by the number of all rows, which twins double. */
  @Test
  void batchNormCountsTheRowsOfAll() {
    List<float[]> one = trained(Workers.ONE, 1, true);
    List<float[]> both = trained(new Twins(), 1, true);
    for (int i = 0; i < one.size(); i++) {
      assertArrayEquals(one.get(i), both.get(i), 2e-2f, "variable " + i);
    }
  }

  private static List<float[]> trained(Workers workers, int accumulate, boolean batchNorm) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params pixels = Params.create(tf, "pixels", 3);
      Operand<TFloat32> crops =
          pixels.fixed("crops", Shape.of(3 * 4, 1, 2, 3), Initializer.normal(1));
      Operand<TFloat32> global =
          tf.slice(crops, tf.constant(new int[4]), tf.constant(new int[] {2 * 4, -1, -1, -1}));
      Dino dino =
          new Dino(
              new HeadSettings(7, true, batchNorm, 8, 4),
              0.1,
              0.04,
              0.04,
              0,
              0.9,
              0.996,
              0,
              0,
              DinoV2.Balancing.CENTERING,
              Dino.TeacherKind.MOMENTUM,
              new ContrastiveSettings(0, 0.2, new ProjectionSettings(8, 4)));
      Recipe recipe =
          new Recipe(
              new PixelsAsFeatures(6),
              dino,
              Optimizer.SGD,
              LayerSettings.ALL_ALIKE.of(new PixelsAsFeatures(6)),
              0.999,
              Clipping.PER_TENSOR,
              3,
              false,
              0,
              accumulate,
              Arithmetic.FLOAT32,
              5,
              workers,
              true);
      TrainGraph step = new TrainGraph(tf, recipe, new Views(global, ImmutableList.of(crops), 3));
      try (Session session = new Session(graph)) {
        pixels.variables().forEach(variable -> session.run(variable.initialize()));
        step.initialize(session);
        for (int number = 0; number < 3; number++) {
          step.run(session, scalars(number));
        }
        return values(session, step.variables());
      }
    }
  }

  private static StepScalars scalars(long step) {
    return new StepScalars(
        step,
        ImmutableMap.of(
            StepScalars.LEARNING_RATE,
            0.1,
            StepScalars.WEIGHT_DECAY,
            0.04,
            Objective.MOMENTUM,
            0.9,
            Dino.TEACHER_TEMPERATURE,
            0.05),
        false);
  }

  private static List<float[]> values(Session session, List<Variable> variables) {
    List<float[]> values = new ArrayList<>();
    for (Variable variable : variables) {
      try (Result result = session.runner().fetch(variable.value()).run()) {
        float[] copy = new float[(int) result.get(0).shape().size()];
        result.get(0).asRawTensor().data().asFloats().read(copy);
        values.add(copy);
      }
    }
    return values;
  }
}
