package org.dinojvm.cli.bench;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.explore.index.IndexBenchmark;
import org.dinojvm.explore.index.IndexBenchmark.Result;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench index}: time, size and recall of an index of many features. */
@Command(
    name = "index",
    header = "Time an index of many features, made of real ones and noise.",
    description = {
      "",
      "Build time without computing features, size on the disk, queries a second one after the"
          + " other, recall@10 of an exact search.",
      ""
    })
final class BenchIndex implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private ModelOption model = new ModelOption(FeatureModels::open);

  @Mixin private DataOption data = new DataOption();

  @Option(
      names = "--rows",
      defaultValue = "100000",
      paramLabel = "N",
      description = "Features to index [${DEFAULT-VALUE}].")
  private int rows;

  @Option(
      names = "--width",
      defaultValue = "384",
      paramLabel = "D",
      description = "Their width [${DEFAULT-VALUE}].")
  private int width;

  @Option(names = "--quantize", description = "A byte a feature.")
  private boolean quantize;

  @Override
  public Integer call() throws IOException {
    checkArgument(rows >= 10, "--rows is %s: must be at least 10", rows);
    checkArgument(width >= 1, "--width is %s: must be at least 1", width);
    float[][] features;
    try (FeatureModel opened = model.open();
        ProgressLine progress = new ProgressLine("features")) {
      features =
          new FeatureExtractor(opened, progress)
              .extract(data.open(command.commandLine().getErr()).pictures());
    }
    Path folder = Files.createTempDirectory("dino-bench");
    try (ProgressLine progress = new ProgressLine("index")) {
      report(
          new IndexBenchmark(features, width, 0)
              .run(folder.resolve("index"), rows, quantize, 0, progress));
    } finally {
      DurableFiles.deleteTree(folder);
    }
    return 0;
  }

  private void report(Result result) {
    command
        .commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%,d x %d features, %s: built in %.1f s, %.1f MB, %d segments; %,.0f queries/s, recall@%d"
                + " %.4f; exact search %,.0f queries/s%n",
            rows,
            width,
            quantize ? "a byte each" : "float32",
            result.buildSeconds(),
            result.bytes() / 1e6,
            result.segments(),
            result.recall().queriesPerSecond(),
            result.recall().count(),
            result.recall().recall(),
            result.recall().exactQueriesPerSecond());
    command.commandLine().getOut().flush();
  }
}
