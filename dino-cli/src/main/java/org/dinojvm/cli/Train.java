package org.dinojvm.cli;

import java.util.concurrent.Callable;
import org.dinojvm.cli.options.ConfigOptions;
import org.dinojvm.train.config.TrainConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dino train}: the published training script's command line, YAML, or both. */
@Command(
    name = "train",
    header = "Train a network on a folder of pictures, without labels.",
    description = {
      "",
      "Takes every flag of the published DINO training script under its own name. A value may"
          + " follow as --key value or --key=value, a pair as 0.4 1.0 or 0.4,1.0.",
      "",
      "Example: dino train --data pictures --output runs/first --arch vit_tiny --epochs 20",
      ""
    },
    abbreviateSynopsis = true)
final class Train implements Callable<Integer> {

  /** What is done with a configuration. */
  @FunctionalInterface
  interface Job {
    void run(TrainConfig config) throws Exception;
  }

  @Spec private CommandSpec command;

  @Mixin private ConfigOptions options;

  private final Job job;

  Train(Job job) {
    this.job = job;
  }

  @Override
  public Integer call() throws Exception {
    TrainConfig config = options.config(command.commandLine().getOut());
    if (config.run().dataPath().isEmpty()) {
      throw new IllegalArgumentException(
          "data_path is missing: say where the pictures are, --data DIR");
    }
    job.run(config);
    return 0;
  }
}
