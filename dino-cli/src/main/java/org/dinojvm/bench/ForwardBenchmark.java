package org.dinojvm.bench;

import java.io.IOException;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.serve.Sessions;
import org.dinojvm.train.config.TrainConfig;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Times the teacher's backbone on random pictures as large as global crops, in the arithmetic of
 * training.
 */
public final class ForwardBenchmark {

  private ForwardBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param config network, size of global crops and batch
   * @param runs to time, after {@value Timing#WARM_UP} that are not
   * @param withLimit whether to measure the machine's limit, too
   */
  public static Speed run(TrainConfig config, int runs, boolean withLimit) throws IOException {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      int batch = config.optimization().batchSizePerGpu();
      int side = config.views().globalCropsSize();
      Params pixels = Params.create(tf, "pictures", config.run().seed());
      Params teacher = Params.create(tf, "teacher", config.run().seed());
      Operand<TFloat32> pictures =
          pixels.fixed("pixels", Shape.of(batch, side, side, 3), Initializer.normal(1));
      Mode mode = Mode.EVALUATION.in(config.compute().arithmetic());
      Operand<TFloat32> features =
          config.backbone().create(side).features(tf, teacher.at("backbone"), pictures, mode);
      try (Session session = Sessions.open(graph, config.threads())) {
        pixels.variables().forEach(variable -> session.run(variable.initialize()));
        teacher.variables().forEach(variable -> session.run(variable.initialize()));
        Runnable forward = () -> session.run(features);
        return Speed.of(config, batch, Flops.ofForward(config), runs, withLimit, forward);
      }
    }
  }
}
