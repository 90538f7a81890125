package org.dinojvm.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dinojvm.verify.Report;
import org.dinojvm.verify.Verifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dino verify}: this code against numbers of the published implementation. */
@Command(
    name = "verify",
    header = "Compare this code with numbers of the published implementation.",
    description = {
      "",
      "Runs the code that trains and evaluates on a folder of reference files and prints the"
          + " largest error of each comparison. Exit code 1 if one is over its tolerance.",
      "",
      "Example: dino verify dino-serve/src/test/resources/reference",
      ""
    })
final class Verify implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "DIR", description = "Folder of reference files.")
  private Path folder;

  @Override
  public Integer call() throws Exception {
    PrintWriter messages = command.commandLine().getErr();
    Report report =
        Verifier.verify(
            folder,
            file -> {
              messages.println("verifying " + file);
              messages.flush();
            });
    PrintWriter out = command.commandLine().getOut();
    out.print(report.table());
    out.flush();
    return report.passes() ? 0 : Errors.FAILURE;
  }
}
