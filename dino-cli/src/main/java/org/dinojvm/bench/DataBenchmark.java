package org.dinojvm.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.dinojvm.data.ImagePipeline;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.augment.MultiCropViews;
import org.dinojvm.data.augment.Normalization;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.train.TrainingSession;
import org.dinojvm.train.config.TrainConfig;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/** Times the input pipeline alone: views as training gets them, thrown away. */
public final class DataBenchmark {

  /** Batches that are made before the clock starts; they fill the pipeline's buffers. */
  private static final int WARM_UP = 4;

  private DataBenchmark() {}

  /**
   * What was measured.
   *
   * @param imagesPerSecond source pictures, each of which becomes all its views
   * @param threads pictures in work at a time
   * @param images pictures in all
   * @param seconds that they took
   * @param cpuMillisPerImage processor time of a picture, on all cores together: comparable between
   *     runs on a loaded machine, too
   * @param firstBatchSeconds from the start of the pipeline to its first batch
   * @param views of a picture, such as 2x224+8x96
   */
  public record Result(
      double imagesPerSecond,
      int threads,
      long images,
      double seconds,
      double cpuMillisPerImage,
      double firstBatchSeconds,
      String views) {}

  /** Makes batches for at least so long. */
  public static Result run(
      ImageFolder folder, MultiCrop crops, PipelineSettings settings, Duration duration) {
    try (Graph graph = new Graph();
        Session session = TrainingSession.open(graph, TrainConfig.defaults())) {
      ImagePipeline pipeline =
          new ImagePipeline(
              Ops.create(graph),
              folder,
              new MultiCropViews(crops, Normalization.published()),
              settings);
      long start = System.nanoTime();
      pipeline.start(session, 0);
      next(session, pipeline);
      double firstBatch = secondsSince(start);
      for (int i = 1; i < WARM_UP; i++) {
        next(session, pipeline);
      }
      long images = 0;
      long cpuBefore = cpuNanos();
      start = System.nanoTime();
      while (System.nanoTime() - start < duration.toNanos()) {
        next(session, pipeline);
        images += settings.batchSize();
      }
      double seconds = secondsSince(start);
      double cpuMillis = (cpuNanos() - cpuBefore) / 1e6;
      return new Result(
          images / seconds,
          settings.threads(),
          images,
          seconds,
          cpuMillis / images,
          firstBatch,
          views(crops));
    }
  }

  private static void next(Session session, ImagePipeline pipeline) {
    session.runner().addTarget(pipeline.globalCrops()).run().close();
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static String views(MultiCrop crops) {
    return "2x%d+%dx%d"
        .formatted(crops.globalCropsSize(), crops.localCropsNumber(), crops.localCropsSize());
  }
}
