package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.budget.DurationText;
import org.dinojvm.cli.options.ConfigOptions;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.compare.ComparisonPlan;
import org.dinojvm.compare.MethodComparison;
import org.dinojvm.eval.EvaluationData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino compare}: self-supervised methods beside each other. */
@Command(
    name = "compare",
    header = "Train several methods on the same pictures for the same time, and compare them.",
    description = {
      "",
      "Each method is trained with the same backbone, pictures and budget, and evaluated beside an"
          + " untrained network and raw pixels. --output gets a run's folder for each method, a"
          + " table, compare.json and index.html with curves and pictures. The same command again"
          + " goes on where it was stopped.",
      "",
      "All settings of training may be given: they hold for every method that has them; --set"
          + " METHOD.key=value is for one. Warm-ups that the length does not allow are shortened.",
      "",
      "Example: dino compare --data pictures --methods dino,simclr,byol --budget 10m --arch"
          + " vit_tiny --output runs/compared",
      ""
    },
    abbreviateSynopsis = true)
final class CompareCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--methods",
      required = true,
      split = ",",
      paramLabel = "NAME,NAME,…",
      description = "Methods to compare, in the order of the table; see --method.")
  private List<String> methods;

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description = {
        "Equal time: each is trained for so long, as 90s, 10m or 2h. Steps count, not what is saved"
            + " and evaluated; a few timed steps tell how many epochs fit. Without it, --epochs are"
            + " equal."
      })
  private String budget;

  @Option(
      names = "--train",
      paramLabel = "DIR",
      description = "Labelled pictures to learn classes from (default: those of --data).")
  private Path train;

  @Option(
      names = "--val",
      paramLabel = "DIR",
      description = "Labelled pictures to classify; without it, each of --train by the others.")
  private Path val;

  @Option(
      names = "--set",
      paramLabel = "METHOD.KEY=VALUE",
      description =
          "A setting of one method. May be repeated; stands in a file as METHOD.KEY: VALUE.")
  private Map<String, String> ofOne = new LinkedHashMap<>();

  @Mixin private ConfigOptions options;

  @Override
  public Integer call() throws IOException {
    Map<String, String> settings =
        new LinkedHashMap<>(ComparisonPlan.without(options.inFile(), methods));
    settings.putAll(options.onCommandLine());
    settings.putAll(ofOne);
    String output = settings.remove("output_dir");
    checkArgument(output != null, "say where the comparison goes, --output DIR");
    String data = settings.get("data_path");
    checkArgument(data != null, "data_path is missing: say where the pictures are, --data DIR");
    Optional<Duration> time =
        Optional.ofNullable(budget).map(text -> DurationText.parse("--budget", text));
    ComparisonPlan plan =
        new ComparisonPlan(
            ImmutableList.copyOf(methods),
            time,
            ImmutableMap.copyOf(settings),
            train == null ? Path.of(data) : train,
            Optional.ofNullable(val),
            Path.of(output));
    PrintWriter out = command.commandLine().getOut();
    PrintWriter messages = command.commandLine().getErr();
    EvaluationData pictures =
        PictureFolders.evaluationData(plan.train(), plan.val(), messages, false);
    new MethodComparison(plan, pictures, out, messages)
        .run(
            (config, evaluations, labelled, more) ->
                Training.train(config, evaluations, labelled, more, out));
    return 0;
  }
}
