package org.dinojvm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.Knn.Score;
import org.dinojvm.eval.KnnTask;
import org.dinojvm.eval.RawPixels;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino knn}: how well a model's features tell classes apart, without training anything. */
@Command(
    name = "knn",
    header = "Measure a model by weighted k-NN on labelled pictures.",
    description = {
      "",
      "Folders hold one sub-folder a class; classes are matched by name. The k training pictures"
          + " most similar to a picture vote for its class by exp(cosine / T), as published.",
      ""
    })
public final class KnnCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Option(
      names = "--train",
      required = true,
      paramLabel = "DIR",
      description = "Labelled pictures that vote.")
  private Path train;

  @Option(
      names = "--val",
      paramLabel = "DIR",
      description = "Labelled pictures to classify; without it, each of --train by the others.")
  private Path val;

  @Option(
      names = "--k",
      split = ",",
      defaultValue = "10,20,100,200",
      paramLabel = "K",
      description = "Numbers of neighbours [${DEFAULT-VALUE}].")
  private List<Integer> ks;

  @Option(
      names = "--temperature",
      defaultValue = "0.07",
      paramLabel = "T",
      description = "A neighbour's vote is exp(cosine / T) [${DEFAULT-VALUE}].")
  private double temperature;

  @Option(names = "--baseline", description = "The same with raw pixels as features, to compare.")
  private boolean baseline;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  /** A command that opens its model by a function. */
  public KnnCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    ImmutableMap.Builder<String, ImmutableList<Score>> builder = ImmutableMap.builder();
    KnnTask task;
    try (FeatureModel opened = model.open()) {
      task = task();
      builder.put(
          "model",
          score(
              task,
              (pictures, progress) -> new FeatureExtractor(opened, progress).extract(pictures)));
    }
    if (baseline) {
      builder.put("raw_pixels", score(task, RawPixels::extract));
    }
    ImmutableMap<String, ImmutableList<Score>> scores = builder.buildOrThrow();
    PrintWriter out = command.commandLine().getOut();
    out.print(json ? asJson(task, scores) : KnnTable.of(task, temperature, scores));
    out.flush();
    return 0;
  }

  private KnnTask task() throws IOException {
    PrintWriter messages = command.commandLine().getErr();
    return new KnnTask(
        PictureFolders.scanLabelled(train, messages),
        val == null ? Optional.empty() : Optional.of(PictureFolders.scanLabelled(val, messages)));
  }

  private interface Extractor {
    float[][] extract(List<Picture> pictures, Progress progress);
  }

  private ImmutableList<Score> score(KnnTask task, Extractor extractor) {
    return task.scores(
        pictures ->
            ProgressLine.show("pictures", progress -> extractor.extract(pictures, progress)),
        ks,
        temperature);
  }

  private String asJson(KnnTask task, Map<String, ImmutableList<Score>> scores)
      throws JsonProcessingException {
    ImmutableMap<String, Object> result =
        ImmutableMap.<String, Object>builder()
            .put("model", model.path().toString())
            .put("train_pictures", task.train().pictures().size())
            .put("val_pictures", task.val().orElse(task.train()).pictures().size())
            .put("leave_one_out", task.val().isEmpty())
            .put("classes", task.train().classes().size())
            .put("temperature", temperature)
            .put("scores", scores)
            .buildOrThrow();
    return new ObjectMapper().writeValueAsString(result) + System.lineSeparator();
  }
}
