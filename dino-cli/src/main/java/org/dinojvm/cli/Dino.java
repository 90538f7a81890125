package org.dinojvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import org.dinojvm.cli.bench.Bench;
import org.dinojvm.cli.explore.CurateCommand;
import org.dinojvm.cli.explore.IndexCommand;
import org.dinojvm.cli.explore.ReportCommand;
import org.dinojvm.cli.explore.SearchCommand;
import org.dinojvm.cli.explore.ServeCommand;
import org.dinojvm.serve.FeatureModels;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code dino}: the program, with one sub-command a task. */
@Command(
    name = "dino",
    header = "DINO for the JVM: visual features from pictures without labels.",
    commandListHeading = "%nCommands (dino COMMAND --help tells more of one):%n",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpWidth = 100,
    scope = ScopeType.INHERIT) // every command has --help, --version and this layout
public final class Dino implements Runnable {

  @Spec private CommandSpec command;

  private Dino() {}

  /** Without a command: the help. */
  @Override
  public void run() {
    command.commandLine().usage(command.commandLine().getOut());
  }

  /** Runs a command line and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /**
   * Runs a command line: 0 is success, 2 the user's mistake, 138 the loss of another worker, 1 any
   * other failure.
   */
  public static int run(String... args) {
    boolean debug = "1".equals(System.getenv("DINO_DEBUG"));
    Train.Job train =
        (config, team, more) -> Training.run(config, team, more, Training.EXPORTS, stdout());
    return commands(train, debug).execute(args);
  }

  private static PrintWriter stdout() {
    return new PrintWriter(System.out, true, UTF_8);
  }

  static CommandLine commands(Train.Job train, boolean debug) {
    Errors errors = new Errors(debug);
    return new CommandLine(new Dino())
        .addSubcommand(new Quickstart())
        .addSubcommand(new Train(train))
        .addSubcommand(new CompareCommand())
        .addSubcommand(EvaluateCommand.all(FeatureModels::open))
        .addSubcommand(new KnnCommand(FeatureModels::open))
        .addSubcommand(new ClassifyCommand(FeatureModels::open))
        .addSubcommand(new AttentionCommand(FeatureModels::open))
        .addSubcommand(new FeaturesCommand(FeatureModels::open))
        .addSubcommand(new NeighboursCommand(FeatureModels::open))
        .addSubcommand(new IndexCommand(FeatureModels::open))
        .addSubcommand(new SearchCommand(FeatureModels::open))
        .addSubcommand(new CurateCommand(FeatureModels::open))
        .addSubcommand(new ReportCommand(FeatureModels::open))
        .addSubcommand(new ServeCommand(FeatureModels::open))
        .addSubcommand(new Export())
        .addSubcommand(new Import())
        .addSubcommand(new ViewsCommand())
        .addSubcommand(new RecordsCommand())
        .addSubcommand(new Bench())
        .addSubcommand(new Verify())
        .addSubcommand(new HelpCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false) // a folder's name may start with @
        .setExecutionStrategy(errors)
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors);
  }
}
