package org.dinojvm.bench;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.model.Workers;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.TrainingSession;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Views;
import org.dinojvm.train.schedule.StepScalars;
import org.dinojvm.train.step.TrainGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Times the full training step on random crops, without the input pipeline. */
public final class StepBenchmark {

  private StepBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param config network, crops and batch
   * @param steps to time, after {@value Timing#WARM_UP} that are not
   * @param withLimit whether to measure the machine's limit, too
   */
  public static Speed run(TrainConfig config, int steps, boolean withLimit) throws IOException {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Params pixels = Params.create(tf, "crops", config.run().seed());
      int batch = config.optimization().batchSizePerGpu();
      MultiCrop views = config.views();
      Operand<TFloat32> global = random(pixels, "global", 2 * batch, views.globalCropsSize());
      Optional<Operand<TFloat32>> local =
          views.localCropsNumber() == 0
              ? Optional.empty()
              : Optional.of(
                  random(
                      pixels, "local", views.localCropsNumber() * batch, views.localCropsSize()));
      TrainGraph step =
          new TrainGraph(
              tf,
              Trainer.recipe(config, Workers.ONE),
              Views.of(tf, global, local, views.localCropsNumber())
                  .drawing(draws(tf, config, 2 * batch)));
      try (Session session = TrainingSession.open(graph, config)) {
        pixels.variables().forEach(variable -> session.run(variable.initialize()));
        step.initialize(session);
        AtomicLong number = new AtomicLong();
        Runnable run = () -> step.run(session, scalars(config, number.getAndIncrement()));
        return Speed.of(
            config,
            config.optimization().batchTotal(),
            Flops.ofStep(config),
            steps,
            withLimit,
            run);
      }
    }
  }

  /** What the objective takes for its global crops, the same in each step. */
  private static Optional<Operand<TFloat32>> draws(Ops tf, TrainConfig config, int crops) {
    int numbers = config.objective().draws();
    return numbers == 0
        ? Optional.empty()
        : Optional.of(
            tf.random.statelessRandomUniform(
                tf.constant(new int[] {crops, numbers}), tf.constant(new long[] {0, 0})));
  }

  /** As in the middle of a run, with rates so small that weights stay what they are. */
  private static StepScalars scalars(TrainConfig config, long step) {
    ImmutableMap.Builder<String, Double> schedules = ImmutableMap.builder();
    schedules.put(StepScalars.LEARNING_RATE, 1e-5);
    schedules.put(StepScalars.WEIGHT_DECAY, 0.04);
    config
        .objective()
        .schedules(config.optimization(), config.length(1), 1)
        .forEach((name, schedule) -> schedules.put(name, schedule.at(0)));
    return new StepScalars(step, schedules.buildOrThrow(), false);
  }

  private static Operand<TFloat32> random(Params pixels, String name, int crops, int side) {
    return pixels.fixed(name, Shape.of(crops, side, side, 3), Initializer.normal(1));
  }
}
