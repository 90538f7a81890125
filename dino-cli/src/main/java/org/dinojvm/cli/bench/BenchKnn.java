package org.dinojvm.cli.bench;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.eval.FeatureRows;
import org.dinojvm.eval.PartialFeatures;
import org.dinojvm.eval.knn.NeighbourSearch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench knn}. */
@Command(
    name = "knn",
    header = "Time an exact search for nearest neighbours among random features.",
    description = {
      "",
      "As k-NN and retrieval search: cosines by matrix products, block by block of the index. The"
          + " time is that of the search alone; memory is the process's peak.",
      ""
    },
    showDefaultValues = true)
final class BenchKnn implements Callable<Integer> {

  private static final int ROWS_AT_A_TIME = 1 << 12;

  @Spec private CommandSpec command;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Features that are searched.",
      defaultValue = "200000")
  private int rows;

  @Option(
      names = "--queries",
      paramLabel = "N",
      description = "Features that ask.",
      defaultValue = "20000")
  private int queries;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Values of a feature.",
      defaultValue = "384")
  private int width;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Neighbours of a query.",
      defaultValue = "20")
  private int neighbours;

  @Option(
      names = "--disk",
      description = "Keep the features on disk, as evaluations do with many of them.")
  private boolean disk;

  @Option(names = "--json", description = "Print one JSON line.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    checkArgument(width >= 1, "--width is %s: must be at least 1", width);
    checkArgument(queries >= 1, "--queries is %s: must be at least 1", queries);
    checkArgument(
        neighbours >= 1 && neighbours <= rows,
        "--k is %s: must be 1 to %s, the rows that are searched",
        neighbours,
        rows);
    Random random = new Random(0);
    if (!disk) {
      report(seconds(FeatureRows.of(features(rows, random)), random));
      return 0;
    }
    Path file = Files.createTempFile("dino-bench", ".partial");
    try (PartialFeatures spooled = PartialFeatures.open(file, new byte[0], width, 1)) {
      for (int from = 0; from < rows; from += ROWS_AT_A_TIME) {
        spooled.append(features(Math.min(ROWS_AT_A_TIME, rows - from), random));
      }
      report(seconds(spooled, random));
    } finally {
      Files.deleteIfExists(file);
    }
    return 0;
  }

  private float[][] features(int count, Random random) {
    float[][] features = new float[count][width];
    for (float[] row : features) {
      for (int i = 0; i < width; i++) {
        row[i] = random.nextFloat() - 0.5f;
      }
    }
    return features;
  }

  private double seconds(FeatureRows index, Random random) throws IOException {
    float[][] asked = features(queries, random);
    try (ProgressLine progress = new ProgressLine("rows");
        NeighbourSearch search = new NeighbourSearch(index, progress)) {
      long start = System.nanoTime();
      search.nearest(asked, neighbours);
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private void report(double seconds) throws IOException {
    double peak = peakMebibytes();
    String text =
        json
            ? new ObjectMapper()
                .writeValueAsString(
                    ImmutableMap.of(
                        "rows", rows,
                        "queries", queries,
                        "width", width,
                        "k", neighbours,
                        "disk", disk,
                        "seconds", seconds,
                        "peak_mib", peak))
            : String.format(
                Locale.ROOT,
                "%,d queries x %,d rows x %d features, k %d, %s: %.1f s, %.0f GFLOP/s,"
                    + " peak memory %.0f MiB",
                queries,
                rows,
                width,
                neighbours,
                disk ? "on disk" : "in memory",
                seconds,
                2.0 * queries * rows * width / seconds / 1e9,
                peak);
    command.commandLine().getOut().println(text);
    command.commandLine().getOut().flush();
  }

  /** The largest resident set of this process so far, where Linux tells. */
  private static double peakMebibytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return Double.NaN;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
          .findFirst()
          .orElse(Double.NaN);
    }
  }
}
