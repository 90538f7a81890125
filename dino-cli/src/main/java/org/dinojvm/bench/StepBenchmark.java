package org.dinojvm.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.train.Sessions;
import org.dinojvm.train.TrainConfig;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.step.TrainGraph;
import org.dinojvm.train.step.TrainGraph.Scalars;
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
      Params pixels = Params.create(tf, "crops", config.seed());
      int batch = config.batchSizePerGpu();
      List<Operand<TFloat32>> crops = new ArrayList<>();
      crops.add(random(pixels, "global", 2 * batch, config.globalCropsSize()));
      if (config.localCropsNumber() > 0) {
        crops.add(
            random(pixels, "local", config.localCropsNumber() * batch, config.localCropsSize()));
      }
      TrainGraph step = new TrainGraph(tf, Trainer.recipe(config), crops, crops.get(0));
      try (Session session = Sessions.openForTraining(graph, config)) {
        pixels.variables().forEach(variable -> session.run(variable.initialize()));
        step.initialize(session);
        AtomicLong number = new AtomicLong();
        Runnable run =
            () ->
                step.run(
                    session, new Scalars(number.getAndIncrement(), 1e-5, 0.04, 0.996, 0.04, false));
        return Speed.of(config, config.batchTotal(), Flops.ofStep(config), steps, withLimit, run);
      }
    }
  }

  private static Operand<TFloat32> random(Params pixels, String name, int crops, int side) {
    return pixels.fixed(name, Shape.of(crops, side, side, 3), Initializer.normal(1));
  }
}
