package org.dinojvm.cli.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dino bench}: how fast parts of the program are on this machine. */
@Command(
    name = "bench",
    header = "Measure the speed of a part of the program on this machine.",
    subcommands = {
      BenchStep.class,
      BenchForward.class,
      BenchGemm.class,
      BenchData.class,
      BenchServe.class,
      BenchAllReduce.class,
      BenchKnn.class,
      BenchIndex.class,
      BenchCurate.class
    },
    synopsisSubcommandLabel = "PART")
public final class Bench implements Runnable {

  @Spec private CommandSpec command;

  @Override
  public void run() {
    command.commandLine().usage(command.commandLine().getOut());
  }
}
