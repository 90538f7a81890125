package org.dinojvm.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dinojvm.bench.StepBenchmark;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.objective.Method;
import org.dinojvm.train.objective.Methods;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench step}. */
@Command(
    name = "step",
    header =
        "Time the full training step on random crops: of DINO 2 x 224 + 8 x 96, 65536 prototypes;"
            + " of other methods their own.")
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

  @Option(
      names = "--method",
      split = ",",
      paramLabel = "NAME,NAME,…",
      description = "Methods to time one after the other, with their own crops and heads; or all.")
  private List<String> methods = List.of();

  @Override
  public Integer call() throws Exception {
    if (steps < 1) {
      throw new IllegalArgumentException("--steps is " + steps + "; time at least 1");
    }
    PrintWriter out = command.commandLine().getOut();
    if (methods.isEmpty()) {
      out.println(line(Map.of()));
    }
    for (String method : methods.equals(List.of("all")) ? all() : methods) {
      out.println((network.json() ? "" : method + ": ") + line(Map.of("method", method)));
      out.flush();
    }
    return 0;
  }

  private static List<String> all() {
    return Methods.all().stream().map(Method::name).toList();
  }

  private String line(Map<String, String> method) throws IOException {
    TrainConfig config = network.config(network.batchOr(batch, 4), method);
    return network.line(StepBenchmark.run(config, steps, network.limit()), "a step");
  }
}
