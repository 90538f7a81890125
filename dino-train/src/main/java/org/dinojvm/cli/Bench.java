package org.dinojvm.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dinojvm.train.StepBenchmark;
import org.dinojvm.train.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench}: how fast parts of the program are on this machine. */
@Command(
    name = "bench",
    header = "Measure the speed of a part of the program on this machine.",
    subcommands = {Bench.Step.class, BenchData.class, BenchServe.class},
    synopsisSubcommandLabel = "PART")
final class Bench implements Runnable {

  @Spec private CommandSpec command;

  @Override
  public void run() {
    command.commandLine().usage(command.commandLine().getOut());
  }

  /** {@code dino bench step}. */
  @Command(
      name = "step",
      header = "Time the full training step on random crops (2 x 224 + 8 x 96, 65536 prototypes).",
      showDefaultValues = true)
  static final class Step implements Callable<Integer> {

    @Spec private CommandSpec command;

    @Option(
        names = "--arch",
        paramLabel = "ARCH[/PATCH]",
        description = "The network, e.g. vit_small/16.",
        defaultValue = "vit_small/16")
    private String arch;

    @Option(
        names = "--batch",
        paramLabel = "N",
        description = "Pictures in a step.",
        defaultValue = "4")
    private int batch;

    @Option(
        names = "--steps",
        paramLabel = "N",
        description = "Steps to time, after two that are not.",
        defaultValue = "10")
    private int steps;

    @Option(
        names = "--precision",
        paramLabel = "float32|bf16",
        description = "Arithmetic of the backbone.",
        defaultValue = "float32")
    private String precision;

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
      if (steps < 1) {
        throw new IllegalArgumentException("--steps is " + steps + "; time at least 1");
      }
      StepBenchmark.Result result = StepBenchmark.run(config(), steps);
      command
          .commandLine()
          .getOut()
          .println(json ? new ObjectMapper().writeValueAsString(result) : text(result));
      return 0;
    }

    private TrainConfig config() {
      List<String> parts = Splitter.on('/').splitToList(arch);
      Map<String, String> changes = new HashMap<>();
      changes.put("arch", parts.get(0));
      if (parts.size() > 1) {
        changes.put("patch_size", parts.get(1));
      }
      changes.put("batch_size_per_gpu", Integer.toString(batch));
      changes.put("precision", precision);
      changes.put("threads", Integer.toString(threads));
      return TrainConfig.defaults().with(changes);
    }

    private static String text(StepBenchmark.Result result) {
      return String.format(
          Locale.ROOT,
          "%s, batch %d, %s, %d threads: %.3f s a step (median of %d), %.2f images/s; first step"
              + " %.1f s; peak memory %.2f GiB",
          result.arch(),
          result.batch(),
          result.precision(),
          result.threads(),
          result.medianStepSeconds(),
          result.steps(),
          result.imagesPerSecond(),
          result.firstStepSeconds(),
          result.peakRssBytes() / (double) (1L << 30));
    }
  }
}
