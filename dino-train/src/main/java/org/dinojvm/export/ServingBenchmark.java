package org.dinojvm.export;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.google.common.math.Quantiles;
import java.util.Arrays;
import java.util.Random;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** Times a model's {@code images} signature: features of random pictures, batch by batch. */
public final class ServingBenchmark {

  private static final int WARM_UP = 2;

  /**
   * What was measured.
   *
   * @param arch the network, e.g. {@code vit_small/16}
   * @param batch pictures in a call
   * @param size side of a picture in pixels
   * @param calls how many were timed
   * @param medianSeconds median time of a call
   * @param imagesPerSecond batch / median
   * @param firstCallSeconds the first call, graph optimisation included
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Result(
      String arch,
      int batch,
      int size,
      int calls,
      double medianSeconds,
      double imagesPerSecond,
      double firstCallSeconds) {}

  private ServingBenchmark() {}

  /**
   * Times a model.
   *
   * @param batch pictures in a call
   * @param size side of a picture in pixels
   * @param calls to time, after two that are not
   */
  public static Result run(FeatureModel model, int batch, int size, int calls) {
    checkArgument(batch >= 1, "illegal batch %s: at least 1", batch);
    checkArgument(calls >= 1, "illegal number of calls %s: at least 1", calls);
    int patch = Math.max(1, model.info().patchSize());
    checkArgument(size >= patch, "illegal size %s: at least a patch, %s", size, patch);
    Random random = new Random(0);
    double[] seconds = new double[WARM_UP + calls];
    try (TFloat32 images =
        TFloat32.tensorOf(
            Shape.of(batch, size, size, 3),
            tensor -> tensor.scalars().forEach(pixel -> pixel.setFloat(random.nextFloat())))) {
      for (int i = 0; i < seconds.length; i++) {
        long begin = System.nanoTime();
        model.features(images).close();
        seconds[i] = (System.nanoTime() - begin) / 1e9;
      }
    }
    double first = seconds[0];
    double median =
        Quantiles.median().compute(Arrays.copyOfRange(seconds, WARM_UP, seconds.length));
    ModelInfo info = model.info();
    String arch = info.arch() + (info.patchSize() > 0 ? "/" + info.patchSize() : "");
    return new Result(arch, batch, size, calls, median, batch / median, first);
  }
}
