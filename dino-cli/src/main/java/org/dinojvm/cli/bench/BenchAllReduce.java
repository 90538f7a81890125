package org.dinojvm.cli.bench;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.bench.AllReduceBenchmark;
import org.dinojvm.bench.AllReduceBenchmark.Result;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench all-reduce}. */
@Command(
    name = "all-reduce",
    header = "Time the gradients' way between workers over loopback, a thread each.")
final class BenchAllReduce implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private BenchNetwork network;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many; 2 is the default.",
      defaultValue = "2")
  private int workers;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "All-reduces to time, after some that are not; 10 is the default.",
      defaultValue = "10")
  private int runs;

  @Override
  public Integer call() throws Exception {
    if (workers < 2) {
      throw new IllegalArgumentException("--workers is " + workers + "; at least 2 can meet");
    }
    Result result =
        AllReduceBenchmark.run(network.config(Optional.empty(), Map.of()), workers, runs);
    double megabytes = result.weights() * 4 / 1e6;
    command
        .commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%d workers, %.1f million weights in %d tensors (%.0f MB): %.3f s at best, %.3f s median%n",
            result.workers(),
            result.weights() / 1e6,
            result.tensors(),
            megabytes,
            result.timing().best(),
            result.timing().median());
    return 0;
  }
}
