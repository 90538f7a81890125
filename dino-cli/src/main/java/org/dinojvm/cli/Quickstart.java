package org.dinojvm.cli;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.budget.Deadline;
import org.dinojvm.budget.PlannedRun;
import org.dinojvm.checkpoint.Checkpoints;
import org.dinojvm.cli.console.ConsoleProgress;
import org.dinojvm.cli.console.SideBySide;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.RawPixelModel;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.optimizer.OptimizerSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino quickstart}: the whole way on the embedded sample, in minutes. */
@Command(
    name = "quickstart",
    header = "Train on the embedded clip-art and show what was learned, in minutes.",
    description = {
      "",
      "Trains the small network of configs/quickstart.yaml on 857 pictures without their labels, less"
          + " long where two cores would need more than five minutes for all,"
          + " compares with raw pixels and with the untrained network how well 276 others are"
          + " classified and how well changed copies are recognised, draws attention maps, exports the teacher to savedmodels/quickstart and writes a page to"
          + " explore what it learned.",
      ""
    })
final class Quickstart implements Callable<Integer> {

  private static final String RECIPE = "configs/quickstart.yaml";

  /** What of five minutes is left for training by tables, pictures and the page, on two cores. */
  private static final Duration TRAINING = Duration.ofSeconds(235);

  /** Seconds of training more or less that do not matter. */
  private static final double TOLERANCE = 10;

  /** Seconds that a run takes to start. */
  private static final double RESTART = 5;

  @Spec private CommandSpec command;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "runs/quickstart",
      description = "Folder of the run [${DEFAULT-VALUE}].")
  private Path output;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description =
          "Length of the run, to train longer or shorter than the recipe, whatever time it takes.")
  private Integer epochs;

  @Override
  public Integer call() throws Exception {
    long begin = System.nanoTime();
    PrintWriter out = command.commandLine().getOut();
    Path sample = output.resolveSibling("clipart");
    ClipArt.extractTo(sample);
    TrainConfig config = config(sample);
    out.printf("recipe %s; the pictures are in %s%n", RECIPE, sample);
    planned(config, begin).train((now, more) -> Training.train(now, List.of(more), out), out);
    Path model =
        new RunExport(config, Training.EXPORTS, out).of(Checkpoints.in(output).orElseThrow());
    out.printf("%n%s%n%n", scores(config, sample).table());
    out.flush();
    drawAttention(model, sample);
    writeReport(model, sample);
    out.printf(
        "done in %s; next: ./dino train --data YOUR_PICTURES --output runs/first --config %s%n",
        ConsoleProgress.time(Duration.ofNanos(System.nanoTime() - begin)), RECIPE);
    out.flush();
    return 0;
  }

  private TrainConfig config(Path sample) throws IOException {
    TrainConfig config =
        recipe()
            .with(
                Map.of(
                    "data_path", sample.resolve("train").toString(),
                    "output_dir", output.toString()));
    if (epochs != null) {
      int warmUp = Math.min(config.optimization().warmupEpochs(), epochs / 4);
      return config.with(Map.of("epochs", epochs, "warmup_epochs", warmUp));
    }
    Path begun = output.resolve(Checkpoints.CONFIG);
    if (Files.notExists(begun)) {
      return config;
    }
    OptimizerSettings before = TrainConfig.read(begun).optimization(); // may be of another length
    return config.with(Map.of("epochs", before.epochs(), "warmup_epochs", before.warmupEpochs()));
  }

  /** The recipe's length is made less where the machine takes longer than {@link #TRAINING}. */
  private PlannedRun planned(TrainConfig config, long begin) {
    if (epochs != null) {
      return new PlannedRun(config, Optional.empty());
    }
    int most = config.optimization().epochs();
    return new PlannedRun(
        config, Optional.of(new Deadline(begin + TRAINING.toNanos(), TOLERANCE, RESTART, most)));
  }

  private static TrainConfig recipe() throws IOException {
    Path recipe = Files.createTempFile("quickstart", ".yaml");
    try (InputStream resource = Resources.getResource(RECIPE).openStream()) {
      Files.write(recipe, resource.readAllBytes());
      return TrainConfig.read(recipe);
    } finally {
      Files.delete(recipe);
    }
  }

  /** Of the run's checkpoint, whose features are not whitened. */
  private SideBySide scores(TrainConfig config, Path sample) throws IOException {
    EvaluationData data =
        PictureFolders.evaluationData(
            sample.resolve("train"),
            Optional.of(sample.resolve("val")),
            command.commandLine().getErr(),
            false);
    try (FeatureModel pixels = new RawPixelModel();
        FeatureModel untrained = FeatureModels.untrained(config.model(), config.run().seed());
        FeatureModel teacher = FeatureModels.open(output)) {
      return SideBySide.of(
          ImmutableMap.of("raw pixels", pixels, "untrained", untrained, "trained", teacher),
          data,
          config.run().exportWhitening());
    }
  }

  private void drawAttention(Path model, Path sample) {
    command
        .commandLine()
        .getParent()
        .execute(
            "attention",
            "--model",
            model.toString(),
            "--data",
            sample.resolve("val").toString(),
            "--output",
            output.resolve("attention.png").toString());
  }

  private void writeReport(Path model, Path sample) {
    String val = sample.resolve("val").toString();
    command
        .commandLine()
        .getParent()
        .execute(
            "report",
            "--model",
            model.toString(),
            "--data",
            val,
            "--train",
            sample.resolve("train").toString(),
            "--val",
            val,
            "--run",
            output.toString(),
            "--title",
            "What the quickstart learned",
            "--output",
            output.resolve("report").toString());
  }
}
