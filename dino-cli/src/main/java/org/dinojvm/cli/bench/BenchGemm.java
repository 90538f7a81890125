package org.dinojvm.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.dinojvm.bench.MatrixProduct.Size;
import org.dinojvm.bench.MatrixProductBenchmark;
import org.dinojvm.bench.MatrixProductBenchmark.Result;
import org.dinojvm.serve.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench gemm}. */
@Command(
    name = "gemm",
    header = "Time matrix products in float32 and bfloat16: this machine's limit for training.",
    description = {
      "",
      "A square one, and two of a ViT-S/16 step of batch 4: the first layer of a block's MLP"
          + " over the global crops' tokens, and the head's last layer over all crops.",
      ""
    },
    showDefaultValues = true)
final class BenchGemm implements Callable<Integer> {

  private static final ImmutableList<Size> OF_A_STEP =
      ImmutableList.of(new Size(8 * 197, 384, 1536), new Size(40, 256, 65536));

  @Spec private CommandSpec command;

  @Option(
      names = "--size",
      paramLabel = "N",
      description = "Side of the square product.",
      defaultValue = "2048")
  private int side;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Products of a kind to time, after two that are not.",
      defaultValue = "20")
  private int runs;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute; 0 for all cores.",
      defaultValue = "0")
  private int threads;

  @Option(names = "--json", description = "Print one JSON line, a list with an entry a product.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    List<Size> sizes = new ArrayList<>(List.of(Size.square(side)));
    sizes.addAll(OF_A_STEP);
    List<Result> results = new ArrayList<>();
    for (Size size : sizes) {
      for (Precision precision : Precision.values()) {
        results.add(MatrixProductBenchmark.run(size, precision, threads, runs));
      }
    }
    if (json) {
      command.commandLine().getOut().println(new ObjectMapper().writeValueAsString(results));
    } else {
      results.forEach(result -> command.commandLine().getOut().println(text(result)));
    }
    return 0;
  }

  private static String text(Result result) {
    return String.format(
        Locale.ROOT,
        "[%d, %d] x [%d, %d], %s, %d threads: %.0f GFLOP/s, at best %.0f",
        result.m(),
        result.k(),
        result.k(),
        result.n(),
        result.precision(),
        result.threads(),
        result.gflopPerSecond(),
        result.bestGflopPerSecond());
  }
}
