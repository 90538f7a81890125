package org.dinojvm.bench;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.io.IOException;
import java.util.Random;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** Times a model's {@code images} signature: features of random pictures, batch by batch. */
public final class ServingBenchmark {

  /**
   * What was measured.
   *
   * @param arch the network, e.g. {@code vit_small/16}
   * @param batch pictures in a call
   * @param size side of a picture in pixels
   * @param calls how many were timed
   * @param medianSeconds median time of a call
   * @param imagesPerSecond batch / median
   * @param firstCallSeconds the first call, graph optimization included
   * @param peakRssBytes largest resident memory of the process so far; 0 where /proc is missing
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Result(
      String arch,
      int batch,
      int size,
      int calls,
      double medianSeconds,
      double imagesPerSecond,
      double firstCallSeconds,
      long peakRssBytes) {}

  private ServingBenchmark() {}

  /**
   * Times a model.
   *
   * @param batch pictures in a call
   * @param size side of a picture in pixels
   * @param calls to time, after {@value Timing#WARM_UP} that are not
   */
  public static Result run(FeatureModel model, int batch, int size, int calls) throws IOException {
    checkArgument(batch >= 1, "illegal batch %s: at least 1", batch);
    checkArgument(calls >= 1, "illegal number of calls %s: at least 1", calls);
    int patch = Math.max(1, model.info().patchSize());
    checkArgument(size >= patch, "illegal size %s: at least a patch, %s", size, patch);
    Random random = new Random(0);
    Timing timing;
    try (TFloat32 images =
        TFloat32.tensorOf(
            Shape.of(batch, size, size, 3),
            tensor -> tensor.scalars().forEach(pixel -> pixel.setFloat(random.nextFloat())))) {
      timing = Timing.of(calls, () -> model.features(images).close());
    }
    ModelInfo info = model.info();
    String arch = info.arch() + (info.patchSize() > 0 ? "/" + info.patchSize() : "");
    return new Result(
        arch,
        batch,
        size,
        calls,
        timing.median(),
        batch / timing.median(),
        timing.first(),
        ProcessMemory.peakBytes());
  }
}
