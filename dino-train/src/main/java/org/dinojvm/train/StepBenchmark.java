package org.dinojvm.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Params;
import org.dinojvm.train.TrainGraph.Scalars;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Times the full training step on random crops, without the input pipeline. */
public final class StepBenchmark {

  private static final int WARM_UP = 2;

  /**
   * What was measured.
   *
   * @param medianStepSeconds median over the timed steps
   * @param imagesPerSecond source pictures: batch / median
   * @param firstStepSeconds the first step, graph optimisation included
   * @param peakRssBytes largest resident memory of the process so far; 0 where /proc is missing
   * @param precision {@code float32} or {@code bf16}
   * @param threads that computed
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Result(
      String arch,
      int batch,
      int steps,
      double medianStepSeconds,
      double imagesPerSecond,
      double firstStepSeconds,
      long peakRssBytes,
      String precision,
      int threads) {}

  private StepBenchmark() {}

  /**
   * Runs the benchmark.
   *
   * @param config network, crops and batch
   * @param steps to time, after two that are not
   */
  public static Result run(TrainConfig config, int steps) throws IOException {
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
      try (Session session = Sessions.open(graph, config)) {
        pixels.variables().forEach(variable -> session.run(variable.initialize()));
        step.initialize(session);
        double[] seconds = new double[WARM_UP + steps];
        for (int i = 0; i < seconds.length; i++) {
          seconds[i] = time(session, step, i);
        }
        return result(config, seconds);
      }
    }
  }

  private static Operand<TFloat32> random(Params pixels, String name, int crops, int side) {
    return pixels.fixed(name, Shape.of(crops, side, side, 3), Initializer.normal(1));
  }

  private static double time(Session session, TrainGraph graph, int step) {
    long begin = System.nanoTime();
    graph.run(session, new Scalars(step, 1e-5, 0.04, 0.996, 0.04, false));
    return (System.nanoTime() - begin) / 1e9;
  }

  private static Result result(TrainConfig config, double[] seconds) throws IOException {
    double[] timed = Arrays.copyOfRange(seconds, WARM_UP, seconds.length);
    Arrays.sort(timed);
    double median = (timed[(timed.length - 1) / 2] + timed[timed.length / 2]) / 2;
    int threads =
        config.threads() == 0 ? Runtime.getRuntime().availableProcessors() : config.threads();
    return new Result(
        config.arch().key() + (config.arch().isVit() ? "/" + config.patchSize() : ""),
        config.batchSizePerGpu(),
        timed.length,
        median,
        config.batchSizePerGpu() / median,
        seconds[0],
        peakRssBytes(),
        config.precision().name().toLowerCase(java.util.Locale.ROOT),
        threads);
  }

  private static long peakRssBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }
}
