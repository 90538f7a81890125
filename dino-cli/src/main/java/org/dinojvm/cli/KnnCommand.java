package org.dinojvm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.EvaluationOptions;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.RawPixelModel;
import org.dinojvm.eval.knn.Knn;
import org.dinojvm.eval.knn.KnnClassifier.Score;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code dino knn}: the evaluation {@code knn}, beside a baseline, with JSON that tells all of each
 * score.
 */
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

  @Mixin private final EvaluationOptions options;

  @Option(names = "--baseline", description = "The same with raw pixels as features, to compare.")
  private boolean baseline;

  /** A command that opens its model by a function. */
  public KnnCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.options = new EvaluationOptions(new Knn.Entry(), models);
  }

  @Override
  public Integer call() throws IOException {
    Knn knn = (Knn) options.plainEvaluation();
    ImmutableMap.Builder<String, ImmutableList<Score>> builder = ImmutableMap.builder();
    LabelledSplit split;
    EvaluationData data;
    try (FeatureModel model = options.open()) {
      data = options.data(command.commandLine().getErr(), false);
      split = data.requireLabelled();
      builder.put("model", score(knn, split, data, model));
    }
    if (baseline) {
      try (FeatureModel pixels = new RawPixelModel()) {
        builder.put("raw_pixels", score(knn, split, data, pixels));
      }
    }
    ImmutableMap<String, ImmutableList<Score>> scores = builder.buildOrThrow();
    PrintWriter out = command.commandLine().getOut();
    out.print(options.json() ? asJson(knn, split, scores) : knn.table(split, scores));
    out.flush();
    return 0;
  }

  private ImmutableList<Score> score(
      Knn knn, LabelledSplit split, EvaluationData data, FeatureModel model) {
    try (ProgressLine progress = new ProgressLine("pictures")) {
      EvaluationInputs in =
          new EvaluationInputs(model, data, progress).with(options.featureOptions());
      return knn.scores(split, in);
    }
  }

  private String asJson(Knn knn, LabelledSplit split, Map<String, ImmutableList<Score>> scores)
      throws JsonProcessingException {
    ImmutableMap<String, Object> result =
        ImmutableMap.<String, Object>builder()
            .put("model", options.modelPath().toString())
            .put("train_pictures", split.train().pictures().size())
            .put("val_pictures", split.val().orElse(split.train()).pictures().size())
            .put("leave_one_out", split.val().isEmpty())
            .put("classes", split.train().classes().size())
            .put("temperature", knn.temperature())
            .put("scores", scores)
            .buildOrThrow();
    return new ObjectMapper().writeValueAsString(result) + System.lineSeparator();
  }
}
