package org.dinojvm.cli.bench;

import java.util.concurrent.Callable;
import org.dinojvm.bench.ForwardBenchmark;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench forward}. */
@Command(
    name = "forward",
    header = "Time the teacher's forward pass on random pictures as large as global crops (224).")
final class BenchForward implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private BenchNetwork network;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Pictures in a pass; the recipe's, or 32.")
  private Integer batch;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Passes to time, after two that are not; 10 is the default.",
      defaultValue = "10")
  private int runs;

  @Override
  public Integer call() throws Exception {
    if (runs < 1) {
      throw new IllegalArgumentException("--runs is " + runs + "; time at least 1");
    }
    String line =
        network.line(
            ForwardBenchmark.run(network.config(network.batchOr(batch, 32)), runs, network.limit()),
            "a pass");
    command.commandLine().getOut().println(line);
    return 0;
  }
}
