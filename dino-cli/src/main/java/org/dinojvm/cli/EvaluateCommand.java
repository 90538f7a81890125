package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.BaselineOption;
import org.dinojvm.cli.options.EvaluationOptions;
import org.dinojvm.eval.Comparison;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.eval.Findings;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import org.dinojvm.visual.Png;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code dino evaluate NAME}: a command for each evaluation on the class path, made from its name,
 * description and settings.
 */
@Command
final class EvaluateCommand implements Callable<Integer> {

  /** {@code dino evaluate} without a name: the help. */
  @Command(
      name = "evaluate",
      header = "Evaluate a model by one of the measures that training knows, too.",
      synopsisSubcommandLabel = "NAME",
      commandListHeading = "%nEvaluations (dino evaluate NAME --help tells more of one):%n")
  private static final class Group implements Runnable {

    @Spec private CommandSpec command;

    @Override
    public void run() {
      command.commandLine().usage(command.commandLine().getOut());
    }
  }

  private final EvaluationEntry entry;

  @Spec private CommandSpec command;

  @Mixin private final EvaluationOptions options;

  @Mixin private final BaselineOption baseline = new BaselineOption();

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      description = "Folder for what the evaluation draws or writes, as NAME.png; made if missing.")
  private Path pictures;

  private EvaluateCommand(EvaluationEntry entry, BiFunction<Path, Trust, FeatureModel> models) {
    this.entry = entry;
    this.options = new EvaluationOptions(entry, models);
  }

  /** All evaluations, of models that are opened by a function. */
  static CommandLine all(BiFunction<Path, Trust, FeatureModel> models) {
    CommandLine group = new CommandLine(new Group());
    group.addSubcommand("all", new EvaluateAllCommand(models));
    for (EvaluationEntry entry : Evaluations.all()) {
      CommandLine one = new CommandLine(new EvaluateCommand(entry, models));
      one.getCommandSpec().usageMessage().header(entry.description() + ".");
      group.addSubcommand(entry.name(), one);
    }
    return group;
  }

  @Override
  public Integer call() throws IOException {
    Evaluation evaluation = options.evaluation();
    PrintWriter messages = command.commandLine().getErr();
    if (pictures != null) {
      Files.createDirectories(pictures);
    }
    EvaluationData data;
    Map<String, Findings> findings = new LinkedHashMap<>();
    try (FeatureModel model = options.open();
        ProgressLine progress = new ProgressLine(entry.name())) {
      data = options.data(messages, pictures != null);
      EvaluationInputs in = new EvaluationInputs(model, data, progress);
      findings.put("model", evaluation.evaluate(in.writingTo(Optional.ofNullable(pictures))));
      baseline.each(
          options.modelPath(),
          options.trust(),
          messages,
          (name, other) -> {
            EvaluationInputs ofOther = new EvaluationInputs(other, data, progress).ofBaseline();
            if (applies(evaluation, entry.name(), name, ofOther, messages)) {
              findings.put(name, evaluation.evaluate(ofOther));
            }
          });
    }
    report(data, ImmutableMap.copyOf(findings));
    return 0;
  }

  /** Whether an evaluation applies to a model; one that does not is named. */
  static boolean applies(
      Evaluation evaluation, String name, String model, EvaluationInputs in, PrintWriter messages) {
    boolean applies = evaluation.appliesTo(in.model().info(), in.data());
    if (!applies) {
      messages.printf(
          "%s of %s left out: it does not apply to this model and these pictures%n", name, model);
      messages.flush();
    }
    return applies;
  }

  private void report(EvaluationData data, ImmutableMap<String, Findings> findings)
      throws IOException {
    Findings found = findings.get("model");
    checkArgument(
        pictures != null || !found.numbers().isEmpty(),
        "%s draws pictures and gives no numbers: say where they go, --pictures DIR",
        entry.name());
    PrintWriter out = command.commandLine().getOut();
    out.print(
        options.json()
            ? asJson(data, findings)
            : findings.size() == 1 ? found.lines() : Comparison.of(findings).table());
    if (pictures != null) {
      writePictures(found);
    }
    out.flush();
    ResultKeeping.keep(
        options.modelPath(),
        entry.name(),
        options.changedSettings(),
        findings,
        command.commandLine().getErr());
  }

  private void writePictures(Findings findings) throws IOException {
    for (String name : findings.pictures().keySet()) {
      Path file = pictures.resolve(name + ".png");
      Png.write(findings.pictures().get(name), file);
      command.commandLine().getErr().println(file);
    }
    command.commandLine().getErr().flush();
  }

  private String asJson(EvaluationData data, ImmutableMap<String, Findings> findings)
      throws JsonProcessingException {
    ImmutableMap.Builder<String, Object> result = ImmutableMap.builder();
    result.put("model", options.modelPath().toString());
    result.put("evaluation", entry.name());
    result.put("settings", options.allSettings());
    result.put("pictures", data.pictures().pictures().size());
    result.put("numbers", findings.get("model").numbers());
    if (findings.size() > 1) {
      Map<String, Object> baselines = new LinkedHashMap<>();
      findings.forEach((name, found) -> baselines.put(name, found.numbers()));
      baselines.remove("model");
      result.put("baselines", baselines);
    }
    return new ObjectMapper().writeValueAsString(result.buildOrThrow()) + System.lineSeparator();
  }
}
