package org.dinojvm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.Knn;
import org.dinojvm.eval.Knn.Score;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.Progress;
import org.dinojvm.eval.RawPixels;
import org.dinojvm.export.FeatureModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino knn}: how well a model's features tell classes apart, without training anything. */
@Command(
    name = "knn",
    mixinStandardHelpOptions = true,
    header = "Measure a model by weighted k-NN on labelled pictures.",
    description = {
      "",
      "Folders hold one sub-folder a class; classes are matched by name. The k training pictures"
          + " most similar to a picture vote for its class by exp(cosine / T), as published.",
      ""
    },
    sortOptions = false,
    usageHelpWidth = 100)
public final class KnnCommand implements Callable<Integer> {

  private final Function<Path, FeatureModel> models;

  @Spec private CommandSpec command;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a checkpoint or a SavedModel.")
  private Path model;

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
  public KnnCommand(Function<Path, FeatureModel> models) {
    this.models = models;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter messages = command.commandLine().getErr();
    Task task = Task.of(train, val, messages);
    ImmutableMap.Builder<String, ImmutableList<Score>> scores = ImmutableMap.builder();
    try (FeatureModel opened = models.apply(model)) {
      scores.put(
          "model",
          score(task, (files, progress) -> new FeatureExtractor(opened, progress).extract(files)));
    }
    if (baseline) {
      scores.put("raw_pixels", score(task, RawPixels::extract));
    }
    PrintWriter out = command.commandLine().getOut();
    out.print(json ? asJson(task, scores.build()) : asTable(task, scores.build()));
    out.flush();
    return 0;
  }

  private interface Extractor {
    float[][] extract(List<Path> files, Progress progress);
  }

  private ImmutableList<Score> score(Task task, Extractor extractor) {
    float[][] trainFeatures = features("training pictures", task.train, extractor);
    int[] trainLabels = task.train.labels().toArray();
    int numClasses = task.train.classes().size();
    if (task.isLeaveOneOut()) {
      return Knn.leaveOneOut(trainFeatures, trainLabels, numClasses, ks, temperature);
    }
    float[][] valFeatures = features("validation pictures", task.val, extractor);
    int[] valLabels = task.val.labels().toArray();
    return Knn.evaluate(
        trainFeatures, trainLabels, valFeatures, valLabels, numClasses, ks, temperature);
  }

  private static float[][] features(String task, LabelledPictures pictures, Extractor extractor) {
    return ProgressLine.show(task, progress -> extractor.extract(pictures.files(), progress));
  }

  /** Who votes and who is classified: themselves, where there is no validation part. */
  private record Task(LabelledPictures train, LabelledPictures val) {

    static Task of(Path train, Path val, PrintWriter messages) throws IOException {
      LabelledPictures voters = PictureFolders.scanLabelled(train, messages);
      return new Task(
          voters,
          val == null ? voters : PictureFolders.scanLabelled(val, messages).relabelledLike(voters));
    }

    @SuppressWarnings("ReferenceEquality") // the very same pictures
    boolean isLeaveOneOut() {
      return train == val;
    }

    String description() {
      return isLeaveOneOut()
          ? "%d pictures of %d classes, each by the others"
              .formatted(train.files().size(), train.classes().size())
          : "%d validation pictures by %d training pictures of %d classes"
              .formatted(val.files().size(), train.files().size(), train.classes().size());
    }
  }

  private String asTable(Task task, Map<String, ImmutableList<Score>> scores) {
    Formatter table = new Formatter(Locale.ROOT);
    table.format("weighted k-NN, T %s: %s%n%n", temperature, task.description());
    table.format("%-10s %5s %8s %8s%n", "features", "k", "top-1 %", "top-5 %");
    scores.forEach(
        (features, rows) -> {
          for (Score row : rows) {
            table.format(
                "%-10s %5d %8.1f %8.1f%s%n",
                features, row.k(), row.top1(), row.top5(), clipped(row));
          }
        });
    return table.toString();
  }

  private static String clipped(Score score) {
    return score.isClipped() ? "   (there are only %d to vote)".formatted(score.neighbours()) : "";
  }

  private String asJson(Task task, Map<String, ImmutableList<Score>> scores)
      throws JsonProcessingException {
    ImmutableMap<String, Object> result =
        ImmutableMap.<String, Object>builder()
            .put("model", model.toString())
            .put("train_pictures", task.train.files().size())
            .put("val_pictures", task.val.files().size())
            .put("leave_one_out", task.isLeaveOneOut())
            .put("classes", task.train.classes().size())
            .put("temperature", temperature)
            .put("scores", scores)
            .buildOrThrow();
    return new ObjectMapper().writeValueAsString(result) + System.lineSeparator();
  }
}
