package org.dinojvm.cli;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import com.google.common.base.Strings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.cli.console.CommandLines;
import org.dinojvm.cli.console.StopSignals;
import org.dinojvm.files.IoFailures;
import org.dinojvm.settings.Nearest;
import org.dinojvm.train.cluster.WorkerLostException;
import org.dinojvm.train.run.DivergedException;
import org.dinojvm.train.run.StoppedException;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * One line for each error. What the user can put right, an {@link IllegalArgumentException}, has
 * exit code 2, the loss of another worker 138; anything else has 1 and a stack trace on demand.
 */
public final class Errors
    implements IExecutionStrategy, IParameterExceptionHandler, IExecutionExceptionHandler {

  public static final int FAILURE = 1;
  static final int MISTAKE = 2;

  private final boolean debug;

  /**
   * @param debug whether to print stack traces
   */
  Errors(boolean debug) {
    this.debug = debug;
  }

  /** Runs the command; picocli alone would let an {@link Error} through. */
  @Override
  public int execute(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (Error e) {
      throw new ExecutionException(parsed.commandSpec().commandLine(), e.toString(), e);
    }
  }

  /** For a command line that cannot be parsed. */
  @Override
  public int handleParseException(ParameterException e, String[] args) {
    String message =
        e instanceof UnmatchedArgumentException unmatched
            ? unknown(unmatched)
            : Ascii.toLowerCase(e.getMessage().substring(0, 1)) + e.getMessage().substring(1);
    return report(e.getCommandLine(), message, e, MISTAKE);
  }

  /** For a command that fails. */
  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
    if (isMistake(cause)) {
      return report(command, cause.getMessage(), cause, MISTAKE);
    } else if (cause instanceof StoppedException stopped) {
      String goOn = "; go on with: " + CommandLines.again(parsed.originalArgs());
      return report(
          command, stopped.getMessage() + goOn, cause, StopSignals.exitCode(stopped.reason()));
    } else if (cause instanceof WorkerLostException) {
      return report(command, cause.getMessage(), cause, WorkerLostException.EXIT_CODE);
    } else if (cause instanceof DivergedException) {
      return report(command, cause.getMessage(), cause, FAILURE);
    }
    String hint = debug ? "" : "; run again with DINO_DEBUG=1 for the stack trace";
    return report(command, firstLine(describe(cause)) + hint, cause, FAILURE);
  }

  /** TensorFlow's class for a graph that fails to run is an IllegalArgumentException, too. */
  private static boolean isMistake(Throwable cause) {
    return cause instanceof IllegalArgumentException
        && !(cause instanceof TFInvalidArgumentException)
        && !Strings.isNullOrEmpty(cause.getMessage());
  }

  private static String unknown(UnmatchedArgumentException e) {
    CommandLine command = e.getCommandLine();
    String word = Splitter.on('=').split(e.getUnmatched().get(0)).iterator().next();
    if (word.startsWith("-")) {
      List<String> names = new ArrayList<>(command.getCommandSpec().optionsMap().keySet());
      return String.format("unknown option '%s'%s", word, Nearest.suggestion(word, names));
    } else if (command.getSubcommands().isEmpty()) {
      return String.format("'%s' belongs to no option", word);
    }
    return String.format(
        "unknown command '%s'%s; %s --help lists them all",
        word,
        Nearest.suggestion(word, command.getSubcommands().keySet()),
        command.getCommandSpec().qualifiedName());
  }

  private static String describe(Throwable cause) {
    if (cause instanceof IOException e) {
      return IoFailures.reason(e);
    } else if (cause instanceof UncheckedIOException e) {
      return e.getMessage();
    }
    String name = cause.getClass().getSimpleName();
    return Strings.isNullOrEmpty(cause.getMessage()) ? name : name + ": " + cause.getMessage();
  }

  private static String firstLine(String message) {
    return Splitter.on('\n').split(message).iterator().next();
  }

  private int report(CommandLine command, String message, Throwable cause, int exitCode) {
    command.getErr().println("dino: " + firstLine(message));
    if (debug) {
      cause.printStackTrace(command.getErr());
    }
    return exitCode;
  }
}
