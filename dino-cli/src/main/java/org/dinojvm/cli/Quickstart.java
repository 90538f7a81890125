package org.dinojvm.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.cli.console.ConsoleProgress;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.RawPixelModel;
import org.dinojvm.eval.knn.Knn;
import org.dinojvm.eval.knn.KnnClassifier.Score;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.config.TrainConfig;
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
      "Trains the small network of configs/quickstart.yaml on 857 pictures without their labels,"
          + " compares k-NN accuracy on 276 others with raw pixels and with the untrained network,"
          + " draws attention maps, exports the teacher to savedmodels/quickstart and writes a page to"
          + " explore what it learned.",
      ""
    })
final class Quickstart implements Callable<Integer> {

  private static final String RECIPE = "configs/quickstart.yaml";

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
      description = "Length of the run, to train longer or shorter than the recipe.")
  private Integer epochs;

  @Override
  public Integer call() throws Exception {
    long begin = System.nanoTime();
    PrintWriter out = command.commandLine().getOut();
    Path sample = output.resolveSibling("clipart");
    ClipArt.extractTo(sample);
    TrainConfig config = config(sample);
    out.printf("recipe %s; the pictures are in %s%n", RECIPE, sample);
    Path model = Training.run(config, Training.EXPORTS, out);
    out.printf("%n%s%n", accuracies(config, sample, model));
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
    Map<String, String> overrides = new HashMap<>();
    overrides.put("data_path", sample.resolve("train").toString());
    overrides.put("output_dir", output.toString());
    if (epochs != null) {
      overrides.put("epochs", epochs.toString());
    }
    Path recipe = Files.createTempFile("quickstart", ".yaml");
    try (InputStream resource = Resources.getResource(RECIPE).openStream()) {
      Files.write(recipe, resource.readAllBytes());
      return TrainConfig.load(Optional.of(recipe), overrides);
    } finally {
      Files.delete(recipe);
    }
  }

  private String accuracies(TrainConfig config, Path sample, Path model) throws IOException {
    PrintWriter messages = command.commandLine().getErr();
    LabelledSplit split =
        new LabelledSplit(
            PictureFolders.scanLabelled(sample.resolve("train"), messages),
            Optional.of(PictureFolders.scanLabelled(sample.resolve("val"), messages)));
    Knn knn = Knn.published();
    try (FeatureModel pixels = new RawPixelModel();
        FeatureModel untrained = FeatureModels.untrained(config.model(), config.run().seed());
        FeatureModel teacher = FeatureModels.open(model)) {
      return knn.table(
          split,
          ImmutableMap.of(
              "raw pixels",
              scores(knn, split, pixels),
              "untrained network",
              scores(knn, split, untrained),
              "trained teacher",
              scores(knn, split, teacher)));
    }
  }

  private static ImmutableList<Score> scores(Knn knn, LabelledSplit split, FeatureModel model) {
    return knn.scores(
        split, new EvaluationInputs(model, EvaluationData.none(false), Progress.NONE));
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
