package org.dinojvm.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.dinojvm.bench.ServingBenchmark;
import org.dinojvm.cli.options.TrustOption;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.Precision;
import org.dinojvm.serve.Sessions;
import org.dinojvm.serve.ThreadSettings;
import org.dinojvm.settings.SettingKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench serve}: how many pictures an export embeds in a second. */
@Command(
    name = "serve",
    header = "Time an export's signature images on random pictures.",
    showDefaultValues = true)
final class BenchServe implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "An export, savedmodels/NAME (its newest version) or one of its versions.")
  private Path model;

  @Mixin private TrustOption trust;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Pictures in a call.",
      defaultValue = "32")
  private int batch;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "Side of the pictures; 0 for that of the model's evaluation view.",
      defaultValue = "0")
  private int size;

  @Option(
      names = "--calls",
      paramLabel = "N",
      description = "Calls to time, after two that are not.",
      defaultValue = "10")
  private int calls;

  @Option(
      names = "--precision",
      paramLabel = "float32|bf16",
      description =
          "Arithmetic, if not as the model was exported; for bf16, TensorFlow's rewriter moves matrix"
              + " products to bfloat16 when the export is loaded.")
  private Precision precision;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute; 0 for all cores.",
      defaultValue = "0")
  private int threads;

  @Option(names = "--json", description = "Print one JSON line.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Precision ofSession = precision == null ? Precision.FLOAT32 : precision;
    try (FeatureModel export =
        FeatureModels.openExport(
            model, Sessions.options(new ThreadSettings(threads, 0), ofSession), trust.trust())) {
      int side = size == 0 ? export.info().imageSize() : size;
      Precision used = precision == null ? export.info().precision() : precision;
      String arithmetic = SettingKey.text(used);
      ServingBenchmark.Result result = ServingBenchmark.run(export, batch, side, calls);
      command
          .commandLine()
          .getOut()
          .println(json ? json(result, arithmetic) : text(result, arithmetic));
    }
    return 0;
  }

  private String json(ServingBenchmark.Result result, String arithmetic) {
    ObjectNode line = new ObjectMapper().valueToTree(result);
    return line.put("precision", arithmetic).put("threads", threads).toString();
  }

  private String text(ServingBenchmark.Result result, String arithmetic) {
    return String.format(
        Locale.ROOT,
        "%s, %d pictures of %d pixels, %s: %.3f s a call (median of %d), %.1f images/s; first call"
            + " %.1f s; peak memory %.2f GiB",
        result.arch(),
        result.batch(),
        result.size(),
        arithmetic,
        result.medianSeconds(),
        result.calls(),
        result.imagesPerSecond(),
        result.firstCallSeconds(),
        result.peakRssBytes() / (double) (1L << 30));
  }
}
