package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.bench.PrecisionAdvice;
import org.dinojvm.budget.DurationText;
import org.dinojvm.budget.PlannedRun;
import org.dinojvm.budget.RunBudget;
import org.dinojvm.cli.options.ConfigOptions;
import org.dinojvm.cli.workers.WorkerOptions;
import org.dinojvm.train.cluster.Team;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.TrainingListener;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
    /**
     * Does it.
     *
     * @param more listeners
     */
    void run(TrainConfig config, Team team, List<TrainingListener> more) throws IOException;
  }

  @Spec private CommandSpec command;

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description = {
        "Ends the run in so long, as 90s, 10m or 2h: times a few steps and picks epochs and"
            + " epoch_length by them, with --preset auto network, crops and batch, too, and picks"
            + " epochs anew on the way where the machine is not as fast as that. A run that was"
            + " begun goes on as it was planned."
      })
  private String budget;

  @Option(
      names = "--report",
      arity = "1",
      paramLabel = "true|false",
      description = {
        "At the end write OUTPUT/report/index.html, a page to explore what was learned, as dino"
            + " report does; with eval_train also its numbers."
      })
  private boolean report;

  @Mixin private WorkerOptions workers;

  @Mixin private ConfigOptions options;

  private final Job job;

  Train(Job job) {
    this.job = job;
  }

  @Override
  public Integer call() throws Exception {
    long begin = System.nanoTime();
    PrintWriter out = command.commandLine().getOut();
    checkArgument(
        budget == null || !workers.severalProcesses(),
        "--budget times one process; run it alone first and give the others its --epochs");
    if (workers.isSupervisor()) {
      checked(options.config(new PrintWriter(Writer.nullWriter())));
      return workers.supervise(command.root().commandLine().getParseResult().originalArgs());
    }
    Team team = workers.team();
    PrintWriter news = team.isChief() ? out : new PrintWriter(Writer.nullWriter());
    PlannedRun planned =
        budget == null
            ? new PlannedRun(options.config(news), Optional.empty())
            : new RunBudget(DurationText.parse("--budget", budget), begin, Train::silently, out)
                .fit(options.requested());
    TrainConfig config = checked(planned.config());
    if (team.isChief()) { // the others would time products that nobody reads of
      PrecisionAdvice.of(config).ifPresent(advice -> news.println("note: " + advice));
    }
    planned.train((now, listener) -> job.run(now, team, List.of(listener)), out);
    return report && team.isChief() ? writeReport(config) : 0;
  }

  private int writeReport(TrainConfig config) {
    String output = config.run().outputDir();
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("report", "--model", output, "--data", config.run().dataPath()));
    arguments.addAll(List.of("--output", Path.of(output, "report").toString()));
    if (!config.evaluation().evalTrain().isEmpty()) {
      arguments.addAll(List.of("--train", config.evaluation().evalTrain()));
      arguments.addAll(List.of("--val", config.evaluation().evalVal()));
    }
    return command.commandLine().getParent().execute(arguments.toArray(String[]::new));
  }

  private static TrainConfig checked(TrainConfig config) {
    checkArgument(
        !config.run().dataPath().isEmpty(),
        "data_path is missing: say where the pictures are, --data DIR");
    return config;
  }

  /** As the run itself will be, but for what it prints. */
  private static void silently(TrainConfig config, TrainingListener listener) throws IOException {
    Training.train(config, List.of(listener), new PrintWriter(Writer.nullWriter()));
  }
}
