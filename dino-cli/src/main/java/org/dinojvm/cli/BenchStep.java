package org.dinojvm.cli;

import java.util.concurrent.Callable;
import org.dinojvm.bench.StepBenchmark;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench step}. */
@Command(
    name = "step",
    header = "Time the full training step on random crops (2 x 224 + 8 x 96, 65536 prototypes).")
final class BenchStep implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private BenchNetwork network;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Pictures in a step; the recipe's, or 4.")
  private Integer batch;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps to time, after two that are not; 10 is the default.",
      defaultValue = "10")
  private int steps;

  @Override
  public Integer call() throws Exception {
    if (steps < 1) {
      throw new IllegalArgumentException("--steps is " + steps + "; time at least 1");
    }
    String line =
        network.line(
            StepBenchmark.run(network.config(network.batchOr(batch, 4)), steps, network.limit()),
            "a step");
    command.commandLine().getOut().println(line);
    return 0;
  }
}
