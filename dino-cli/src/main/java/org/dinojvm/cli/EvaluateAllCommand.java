package org.dinojvm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.BaselineOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.eval.Comparison;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.eval.FeatureKind;
import org.dinojvm.eval.FeatureOptions;
import org.dinojvm.eval.Findings;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino evaluate all}: every evaluation that applies, with its defaults, in one table. */
@Command(
    header = "All evaluations that apply to the model and the pictures, in one table.",
    description = {
      "",
      "Each has its default settings. Features are computed once for all of them.",
      ""
    })
final class EvaluateAllCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Option(
      names = "--train",
      required = true,
      paramLabel = "DIR",
      description = "Pictures, in one sub-folder a class where labels are needed.")
  private Path train;

  @Option(
      names = "--val",
      paramLabel = "DIR",
      description = "Labelled pictures to classify; without it, each of --train by the others.")
  private Path val;

  @Option(
      names = "--features",
      defaultValue = "cls",
      paramLabel = "cls|mean|cls+mean|last4",
      description = "Which features, as of a single evaluation [${DEFAULT-VALUE}].")
  private String features;

  @Option(names = "--whiten", description = "Whiten the features, as of a single evaluation.")
  private boolean whiten;

  @Mixin private final BaselineOption baseline = new BaselineOption();

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  EvaluateAllCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter messages = command.commandLine().getErr();
    EvaluationData data =
        PictureFolders.evaluationData(train, Optional.ofNullable(val), messages, false);
    Map<String, ImmutableMap<String, Findings>> found = new LinkedHashMap<>();
    try (FeatureModel opened = model.open()) {
      found.put("model", findings("model", opened, data, messages));
    }
    baseline.each(
        model.path(),
        model.trust(),
        messages,
        (name, other) -> found.put(name, findings(name, other, data, messages)));
    PrintWriter out = command.commandLine().getOut();
    ImmutableMap<String, Findings> rows = rows(found);
    out.print(json ? asJson(found) : Comparison.of(rows).table());
    out.flush();
    keep(found, messages);
    return 0;
  }

  private Map<String, String> featureTexts() {
    Map<String, String> texts = new LinkedHashMap<>();
    if (FeatureOptions.kind(features) != FeatureKind.CLS) {
      texts.put("features", features);
    }
    if (whiten) {
      texts.put("whiten", "true");
    }
    return texts;
  }

  private ImmutableMap<String, Findings> findings(
      String name, FeatureModel opened, EvaluationData data, PrintWriter messages) {
    ImmutableMap.Builder<String, Findings> all = ImmutableMap.builder();
    try (ProgressLine progress = new ProgressLine(name)) {
      EvaluationInputs in = new EvaluationInputs(opened, data, progress);
      for (EvaluationEntry entry : Evaluations.all()) {
        Evaluation evaluation =
            entry.configured(entry.takesFeatureOptions() ? featureTexts() : Map.of());
        if (EvaluateCommand.applies(evaluation, entry.name(), name, in, messages)) {
          all.put(entry.name(), evaluation.evaluate(in));
        }
      }
    }
    return all.buildOrThrow();
  }

  /** By model, all numbers with their evaluation's name in front. */
  private static ImmutableMap<String, Findings> rows(
      Map<String, ImmutableMap<String, Findings>> found) {
    ImmutableMap.Builder<String, Findings> rows = ImmutableMap.builder();
    found.forEach(
        (name, findings) -> {
          ImmutableMap.Builder<String, Double> numbers = ImmutableMap.builder();
          findings.forEach(
              (evaluation, one) ->
                  one.numbers()
                      .forEach((number, value) -> numbers.put(evaluation + "_" + number, value)));
          rows.put(name, Findings.ofNumbers(numbers.buildOrThrow()));
        });
    return rows.buildOrThrow();
  }

  private String asJson(Map<String, ImmutableMap<String, Findings>> found)
      throws JsonProcessingException {
    Map<String, Object> models = new LinkedHashMap<>();
    found.forEach(
        (name, findings) -> {
          Map<String, Object> numbers = new LinkedHashMap<>();
          findings.forEach((evaluation, one) -> numbers.put(evaluation, one.numbers()));
          models.put(name, numbers);
        });
    ImmutableMap<String, Object> result =
        ImmutableMap.of(
            "model", model.path().toString(),
            "features", features,
            "whiten", whiten,
            "evaluations", models);
    return new ObjectMapper().writeValueAsString(result) + System.lineSeparator();
  }

  private void keep(Map<String, ImmutableMap<String, Findings>> found, PrintWriter messages) {
    found
        .get("model")
        .forEach(
            (evaluation, findings) ->
                ResultKeeping.keep(
                    model.path(),
                    evaluation,
                    featureTexts(),
                    ImmutableMap.of("model", findings),
                    messages));
  }
}
