package org.dinojvm.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.google.common.math.Quantiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.dinojvm.bench.MatrixProduct.Size;
import org.dinojvm.train.config.TrainConfig;

/**
 * How fast a network ran on this machine. A step is a training step or a forward pass.
 *
 * @param method whose step it is, and whose defaults the network has
 * @param arch the network, e.g. {@code vit_small/16}
 * @param batch pictures in a step
 * @param steps how many were timed
 * @param medianStepSeconds median over the timed steps
 * @param imagesPerSecond source pictures: batch / median
 * @param firstStepSeconds the first step, graph optimization and compilation included
 * @param peakRssBytes largest resident memory of the process so far; 0 where /proc is missing
 * @param precision {@code float32} or {@code bf16}
 * @param threads that computed
 * @param gflop 10⁹ operations of a step, see {@link Flops}
 * @param gflopPerSecond of the median step
 * @param limitGflopPerSecond median of matrix products that took turns with the steps; null if not
 *     measured
 * @param shareOfLimit gflopPerSecond / limitGflopPerSecond; null if not measured
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Speed(
    String method,
    String arch,
    long batch,
    int steps,
    double medianStepSeconds,
    double imagesPerSecond,
    double firstStepSeconds,
    long peakRssBytes,
    String precision,
    int threads,
    double gflop,
    double gflopPerSecond,
    Double limitGflopPerSecond,
    Double shareOfLimit) {

  /** The product that is taken as the limit, and how many follow each timed step. */
  private static final Size LIMIT = Size.square(2048);

  private static final int PRODUCTS = 3;

  /**
   * Times a step.
   *
   * @param config of the network; also says precision and threads
   * @param batch pictures in a step
   * @param flop operations of a step
   * @param steps to time
   * @param withLimit whether to measure the machine's limit, too: a square matrix product of side
   *     2048 in the same precision, between the timed steps, so that both meet the same conditions
   */
  static Speed of(
      TrainConfig config, long batch, double flop, int steps, boolean withLimit, Runnable step)
      throws IOException {
    if (!withLimit) {
      return of(config, batch, flop, Timing.of(steps, step), null);
    }
    List<Double> seconds = new ArrayList<>();
    try (MatrixProduct product =
        new MatrixProduct(LIMIT, config.compute().precision(), config.threads().threads())) {
      product.run(); // the first one is optimized
      Runnable products =
          () -> {
            for (int i = 0; i < PRODUCTS; i++) {
              seconds.add(Timing.seconds(product::run));
            }
          };
      Timing timing = Timing.of(steps, step, products);
      double limit = LIMIT.flop() / Quantiles.median().compute(seconds) / 1e9;
      return of(config, batch, flop, timing, limit);
    }
  }

  private static Speed of(TrainConfig config, long batch, double flop, Timing timing, Double limit)
      throws IOException {
    double rate = flop / timing.median() / 1e9;
    return new Speed(
        config.method(),
        config.backbone().label(),
        batch,
        timing.runs(),
        timing.median(),
        batch / timing.median(),
        timing.first(),
        ProcessMemory.peakBytes(),
        config.compute().precision().name().toLowerCase(Locale.ROOT),
        config.threads().threadsOrCores(),
        flop / 1e9,
        rate,
        limit,
        limit == null ? null : rate / limit);
  }
}
