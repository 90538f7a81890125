package org.dinojvm.cli.bench;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.bench.DataBenchmark;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.data.PipelineSettings;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.train.config.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench data}. */
@Command(
    name = "data",
    header = "Time the input pipeline: views of pictures as in training.",
    showDefaultValues = true)
final class BenchData implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of pictures, list of files, or TFRecords.",
      required = true)
  private Path data;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long to measure.",
      defaultValue = "20")
  private double seconds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Pictures in work at a time; 0 for as many as cores.",
      defaultValue = "0")
  private int threads;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Pictures in a batch.",
      defaultValue = "16")
  private int batch;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      description =
          "What decoded pictures may take; if all fit they are decoded but once. 0 decodes each"
              + " time, as training does with more pictures than fit.",
      defaultValue = "0")
  private long memory;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file of settings, such as a recipe; else the published crops.")
  private Path config;

  @Option(names = "--json", description = "Print one JSON line.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    checkArgument(seconds > 0, "--seconds is %s; measure longer than 0 seconds", seconds);
    checkArgument(threads >= 0, "--threads is %s; use at least 1, or 0 for all cores", threads);
    ImageFolder folder = PictureFolders.open(data, command.commandLine().getErr());
    int used = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    PipelineSettings settings = new PipelineSettings(batch, 1, 0, used, memory << 20);
    DataBenchmark.Result result =
        DataBenchmark.run(
            folder,
            TrainConfig.load(Optional.ofNullable(config), Map.of()).views(),
            settings,
            Duration.ofMillis((long) (seconds * 1000)));
    command.commandLine().getOut().println(json ? json(result) : text(result));
    return 0;
  }

  private static String json(DataBenchmark.Result result) throws Exception {
    return new ObjectMapper()
        .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .writeValueAsString(result);
  }

  private static String text(DataBenchmark.Result result) {
    return String.format(
        Locale.ROOT,
        "%s, %d threads: %.1f images/s (%d in %.1f s), %.1f ms of processor time each; first batch after"
            + " %.1f s",
        result.views(),
        result.threads(),
        result.imagesPerSecond(),
        result.images(),
        result.seconds(),
        result.cpuMillisPerImage(),
        result.firstBatchSeconds());
  }
}
