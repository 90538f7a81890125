package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.EvaluationOptions;
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

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      description = "Folder for pictures that the evaluation draws, as NAME.png; made if missing.")
  private Path pictures;

  private EvaluateCommand(EvaluationEntry entry, BiFunction<Path, Trust, FeatureModel> models) {
    this.entry = entry;
    this.options = new EvaluationOptions(entry, models);
  }

  /** All evaluations, of models that are opened by a function. */
  static CommandLine all(BiFunction<Path, Trust, FeatureModel> models) {
    CommandLine group = new CommandLine(new Group());
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
    EvaluationData data;
    Findings findings;
    try (FeatureModel model = options.open();
        ProgressLine progress = new ProgressLine(entry.name())) {
      data = options.data(command.commandLine().getErr(), pictures != null);
      findings = evaluation.evaluate(new EvaluationInputs(model, data, progress));
    }
    checkArgument(
        pictures != null || !findings.numbers().isEmpty(),
        "%s draws pictures and gives no numbers: say where they go, --pictures DIR",
        entry.name());
    PrintWriter out = command.commandLine().getOut();
    out.print(options.json() ? asJson(data, findings) : findings.lines());
    if (pictures != null) {
      writePictures(findings);
    }
    out.flush();
    return 0;
  }

  private void writePictures(Findings findings) throws IOException {
    Files.createDirectories(pictures);
    for (String name : findings.pictures().keySet()) {
      Path file = pictures.resolve(name + ".png");
      Png.write(findings.pictures().get(name), file);
      command.commandLine().getErr().println(file);
    }
    command.commandLine().getErr().flush();
  }

  private String asJson(EvaluationData data, Findings findings) throws JsonProcessingException {
    Map<String, String> given = options.given();
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    entry
        .settings()
        .keys()
        .forEach(key -> settings.put(key.key(), given.getOrDefault(key.key(), key.defaultText())));
    ImmutableMap<String, Object> result =
        ImmutableMap.of(
            "model", options.modelPath().toString(),
            "evaluation", entry.name(),
            "settings", settings.buildOrThrow(),
            "pictures", data.pictures().pictures().size(),
            "numbers", findings.numbers());
    return new ObjectMapper().writeValueAsString(result) + System.lineSeparator();
  }
}
