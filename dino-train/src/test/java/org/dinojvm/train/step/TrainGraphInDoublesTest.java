package org.dinojvm.train.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dinojvm.model.Arithmetic;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.model.Workers;
import org.dinojvm.model.head.HeadSettings;
import org.dinojvm.serve.Sessions;
import org.dinojvm.serve.ThreadSettings;
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
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The training step against plain double arithmetic, over random optimizers, sizes, temperatures,
 * clipping, frozen steps, trained or fixed g and one to three accumulated batches, of which the
 * arithmetic knows nothing: it takes all pictures of a step as one batch. Compared are loss,
 * center, student and teacher after each step.
 */
class TrainGraphInDoublesTest {

  private static final int STEPS = 5;
  private static final double LOSS_TOLERANCE = 1e-5;

  /** Of how far a weight has moved; Adam divides by gradients that may nearly vanish. */
  private static final double MOVE_TOLERANCE = 3e-3;

  /** Of a weight's own size: a few roundings of float32. */
  private static final double ROUNDING = 5e-7;

  /** A run: everything drawn from a seed. */
  private record Case(
      Recipe recipe, Dino dino, int views, int batch, int frozenSteps, Random random) {

    /** Pictures in a step. */
    int pictures() {
      return recipe.accumulate() * batch;
    }

    static Case random(int seed) {
      Random random = new Random(seed);
      int inDim = 3 * (1 + random.nextInt(3));
      // GELUs of fewer units than 4 may all but vanish, and rounding with them.
      int hiddenDim = 4 + random.nextInt(6);
      int bottleneckDim = 2 + random.nextInt(4);
      int outDim = 2 + random.nextInt(9);
      HeadSettings head =
          new HeadSettings(outDim, random.nextBoolean(), false, hiddenDim, bottleneckDim);
      int views = 2 + random.nextInt(4);
      double studentTemp = 0.1 + 0.2 * random.nextDouble();
      Dino dino =
          new Dino(
              head,
              studentTemp,
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
              new PixelsAsFeatures(inDim),
              dino,
              ImmutableList.copyOf(Optimizer.values()).get(seed % 3),
              LayerSettings.ALL_ALIKE.of(new PixelsAsFeatures(inDim)),
              0.999,
              Clipping.PER_TENSOR,
              random.nextBoolean() ? 0 : 0.05,
              seed % 4 == 3,
              0,
              1 + seed / 3 % 3,
              Arithmetic.FLOAT32,
              seed,
              Workers.ONE,
              true);
      return new Case(recipe, dino, views, 1 + random.nextInt(4), random.nextInt(4), random);
    }

    StepScalars scalars(int step) {
      return new StepScalars(
          step,
          ImmutableMap.of(
              StepScalars.LEARNING_RATE,
              (recipe.optimizer() == Optimizer.LARS ? 0.5 : 0.02) * random.nextDouble(),
              StepScalars.WEIGHT_DECAY,
              0.4 * random.nextDouble(),
              Objective.MOMENTUM,
              0.5 + 0.5 * random.nextDouble(),
              Dino.TEACHER_TEMPERATURE,
              0.04 + 0.05 * random.nextDouble()),
          step < frozenSteps);
    }

    float[] features() {
      float[] features = new float[views * pictures() * recipe.backbone().embedDim()];
      for (int i = 0; i < features.length; i++) {
        features[i] = (float) random.nextGaussian();
      }
      return features;
    }

    @Override
    public String toString() {
      return "%s, %s x %s pictures, %s frozen, clip %s, %s"
          .formatted(
              recipe.optimizer(),
              recipe.accumulate(),
              batch,
              frozenSteps,
              recipe.clipLimit(),
              dino.head());
    }
  }

  static Stream<Case> cases() {
    return IntStream.range(0, 24).mapToObj(Case::random);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyStepIsThatOfDoubleArithmetic(Case given) {
    int dim = given.recipe().backbone().embedDim();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> pixels =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 1, dim / 3, 3)));
      Operand<TFloat32> global =
          tf.slice(
              pixels,
              tf.constant(new int[4]),
              tf.constant(new int[] {2 * given.batch(), -1, -1, -1}));
      TrainGraph training =
          new TrainGraph(
              tf, given.recipe(), new Views(global, ImmutableList.of(pixels), given.views()));
      try (Session session = Sessions.open(graph, new ThreadSettings(1, 0))) {
        training.initialize(session);
        widenLastLayer(tf, session, training);
        Map<String, double[]> initial = weights(session, training.student());
        DoubleTraining expected =
            new DoubleTraining(given.recipe(), given.dino(), given.views(), copy(initial));
        for (int step = 0; step < STEPS; step++) {
          runStep(given, training, session, pixels, expected, step);
          assertClose(
              "center",
              new double[expected.center().length],
              expected.center(),
              center(session, training));
          assertClose(initial, expected.student(), weights(session, training.student()));
          assertClose(initial, expected.teacher(), weights(session, training.teacher()));
        }
      }
    }
  }

  /** Weights start small; larger ones bend the GELUs and tell the prototypes apart. */
  private static void widenLastLayer(Ops tf, Session session, TrainGraph training) {
    for (Variable weight : training.student().variables()) {
      if (weight.leaf().equals("kernel")) {
        session.run(
            tf.assignVariableOp(weight.handle(), tf.math.mul(weight.value(), tf.constant(30f))));
      }
    }
    training.copyStudentToTeacher(session);
  }

  private static void runStep(
      Case given,
      TrainGraph training,
      Session session,
      Placeholder<TFloat32> pixels,
      DoubleTraining expected,
      int step) {
    StepScalars scalars = given.scalars(step);
    float[] features = given.features();
    double[][] rows = rows(features, given);
    double expectedLoss = expected.step(scalars, rows);
    int last = given.recipe().accumulate() - 1;
    for (int batch = 0; batch < last; batch++) {
      try (TFloat32 fed = batch(rows, given, batch)) {
        training.accumulate(session, scalars, batch, runner -> runner.feed(pixels, fed)).close();
      }
    }
    try (TFloat32 fed = batch(rows, given, last);
        Result result = training.run(session, scalars, runner -> runner.feed(pixels, fed))) {
      double loss = training.readMetrics(result).loss();
      assertEquals(
          expectedLoss,
          loss,
          LOSS_TOLERANCE * Math.max(1, expectedLoss),
          () -> "loss of step " + step);
    }
  }

  /** The pictures of one batch, [V·B, 1, dim/3, 3], crop-major, of the rows of a whole step. */
  private static TFloat32 batch(double[][] rows, Case given, int batch) {
    int dim = given.recipe().backbone().embedDim();
    Shape shape = Shape.of((long) given.views() * given.batch(), 1, dim / 3, 3);
    FloatDataBuffer values = DataBuffers.ofFloats(shape.size());
    long next = 0;
    for (int row = 0; row < rows.length; row++) {
      if (row % given.pictures() / given.batch() == batch) {
        for (double value : rows[row]) {
          values.setFloat((float) value, next++);
        }
      }
    }
    return TFloat32.tensorOf(shape, values);
  }

  private static double[][] rows(float[] features, Case given) {
    int dim = given.recipe().backbone().embedDim();
    return IntStream.range(0, features.length / dim)
        .mapToObj(row -> doubles(Arrays.copyOfRange(features, row * dim, (row + 1) * dim)))
        .toArray(double[][]::new);
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static Map<String, double[]> weights(Session session, Params params) {
    Session.Runner runner = session.runner();
    params.variables().forEach(weight -> runner.fetch(weight.value()));
    Map<String, double[]> weights = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      int index = 0;
      for (Variable weight : params.variables()) {
        weights.put(params.relativeName(weight), doubles(result.get(index++)));
      }
    }
    return weights;
  }

  private static double[] center(Session session, TrainGraph training) {
    try (Result result =
        session.runner().fetch(training.state().variable("center").value()).run()) {
      return doubles(result.get(0));
    }
  }

  private static double[] doubles(Tensor tensor) {
    float[] values = new float[(int) tensor.shape().size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return doubles(values);
  }

  private static Map<String, double[]> copy(Map<String, double[]> weights) {
    Map<String, double[]> copy = new LinkedHashMap<>();
    weights.forEach((name, weight) -> copy.put(name, weight.clone()));
    return copy;
  }

  private static void assertClose(
      Map<String, double[]> initial, Map<String, double[]> expected, Map<String, double[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, weight) -> assertClose(name, initial.get(name), weight, actual.get(name)));
  }

  private static void assertClose(
      String name, double[] initial, double[] expected, double[] actual) {
    double size = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    double moved =
        IntStream.range(0, initial.length)
            .mapToDouble(i -> Math.abs(expected[i] - initial[i]))
            .max()
            .orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(actual[i] - expected[i]);
      assertTrue(
          error <= MOVE_TOLERANCE * moved + ROUNDING * size,
          "%s[%s] is %s, expected %s; moved by up to %s"
              .formatted(name, i, actual[i], expected[i], moved));
    }
  }

  @Test
  void theErrorFunctionIsThatOfTheTables() {
    assertEquals(0.8427007929497149, DoubleHead.erf(1), 1e-15);
    assertEquals(-0.9999779095030014, DoubleHead.erf(-3), 1e-15);
    assertEquals(0, DoubleHead.erf(0));
  }
}
