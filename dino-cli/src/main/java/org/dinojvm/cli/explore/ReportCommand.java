package org.dinojvm.cli.explore;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.explore.report.Report;
import org.dinojvm.explore.report.Report.Options;
import org.dinojvm.explore.report.Report.Table;
import org.dinojvm.explore.report.ReportFolder;
import org.dinojvm.explore.report.RunRecord;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino report}: a page to explore what a model has learned. */
@Command(
    name = "report",
    header = "Write a page to explore what a model has learned.",
    description = {
      "",
      "--output becomes a folder with index.html, which needs no network: a map of all pictures,"
          + " nearest neighbours, attention of each head, patches in color and which are alike;"
          + " with a run's model its curves, warnings and settings; with --train the numbers of"
          + " k-NN and of the features' health.",
      ""
    })
public final class ReportCommand implements Callable<Integer> {

  private static final ImmutableList<String> EVALUATED = ImmutableList.of("knn", "health");

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--train",
      paramLabel = "DIR",
      description = "Labelled pictures to evaluate with, in a folder a class.")
  private Path train;

  @Option(
      names = "--val",
      paramLabel = "DIR",
      description = "Labelled pictures to classify; without it, each of --train by the others.")
  private Path val;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "The run that trained the model, if --model is not of one.")
  private Path run;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the page, new or with one of before, which is replaced.")
  private Path output;

  @Option(
      names = "--details",
      defaultValue = "300",
      paramLabel = "N",
      description = "Pictures with attention and patches, some 70 KB each [${DEFAULT-VALUE}].")
  private int details;

  @Option(
      names = "--k",
      defaultValue = "12",
      paramLabel = "K",
      description = "Neighbours of each picture [${DEFAULT-VALUE}].")
  private int k;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      description = "Heading of the page [the model's name].")
  private String title;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "S",
      description = "Another seed, another map [${DEFAULT-VALUE}].")
  private long seed;

  /** A command that opens its model by a function. */
  public ReportCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    Options options = new Options(details, k, seed);
    checkArgument(val == null || train != null, "--val needs --train: what to learn classes from");
    ReportFolder.check(output);
    PrintWriter messages = command.commandLine().getErr();
    try (FeatureModel opened = model.open()) {
      ImageFolder pictures = data.open(messages);
      new Report(opened, pictures, options, ProgressLine::new)
          .write(output, title(), run(), tables(opened, messages));
    }
    PrintWriter out = command.commandLine().getOut();
    out.printf("open %s%n", output.resolve(ReportFolder.PAGE).toAbsolutePath().normalize().toUri());
    out.flush();
    return 0;
  }

  private String title() {
    return title == null
        ? "What " + model.path().toAbsolutePath().normalize().getFileName() + " has learned"
        : title;
  }

  private Optional<RunRecord> run() throws IOException {
    Optional<Path> folder =
        run == null ? RunRecord.folderOf(model.path()) : RunRecord.folderOf(run);
    checkArgument(run == null || folder.isPresent(), "--run %s is no run's folder", run);
    return folder.isPresent() ? Optional.of(RunRecord.read(folder.get())) : Optional.empty();
  }

  private ImmutableList<Table> tables(FeatureModel opened, PrintWriter messages)
      throws IOException {
    if (train == null) {
      return ImmutableList.of();
    }
    checkArgument(Files.exists(train), "no such folder: --train %s", train);
    EvaluationData labelled =
        PictureFolders.evaluationData(train, Optional.ofNullable(val), messages, false);
    EvaluationInputs inputs = new EvaluationInputs(opened, labelled, Progress.NONE);
    ImmutableList.Builder<Table> tables = ImmutableList.builder();
    for (String name : EVALUATED) {
      Evaluation evaluation = Evaluations.named(ImmutableList.of(name)).get(name);
      if (evaluation.appliesTo(opened.info(), labelled)) {
        tables.add(new Table(name, evaluation.evaluate(inputs).numbers()));
      }
    }
    return tables.build();
  }
}
