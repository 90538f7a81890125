package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.verify.Report;
import org.dinojvm.verify.Verifier;
import org.dinojvm.verify.released.ReleasedCheck;
import org.dinojvm.verify.released.ReleasedFile;
import org.dinojvm.verify.released.ReleasedFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      "With --released, writes files with the names and shapes of released ones instead, at their"
          + " real size and with values by a formula, and imports them, compares the SavedModel with"
          + " the weights, writes them out under all names, reads them again, and trains three steps"
          + " from each.",
      "",
      "Example: dino verify dino-serve/src/test/resources/reference",
      ""
    })
final class Verify implements Callable<Integer> {

  /** With {@code --released}: the smallest of each family. */
  private static final String ALL = "all";

  private static final int STEPS = 3;

  @Spec private CommandSpec command;

  @Parameters(arity = "0..1", paramLabel = "DIR", description = "Folder of reference files.")
  private Path folder;

  @Option(
      names = "--released",
      split = ",",
      paramLabel = "all|NAME,...",
      description =
          "Names of released files, such as dinov2_vits14_pretrain.pth; all: the smallest of each"
              + " family, 17 files in about half an hour.")
  private List<String> released;

  @Option(
      names = "--keep",
      paramLabel = "NEW_DIR",
      description = "Where --released leaves the files and what was made of them [nowhere].")
  private Path keep;

  @Override
  public Integer call() throws Exception {
    checkArgument(
        (folder == null) != (released == null),
        "say what to verify: a folder of reference files, or --released all");
    checkArgument(keep == null || released != null, "--keep %s goes with --released", keep);
    Report report = folder == null ? verifyReleased() : Verifier.verify(folder, this::announce);
    PrintWriter out = command.commandLine().getOut();
    out.print(report.table());
    out.flush();
    return report.passes() ? 0 : Errors.FAILURE;
  }

  private Report verifyReleased() throws IOException {
    List<ReleasedFile> files =
        released.equals(List.of(ALL))
            ? ReleasedFiles.small()
            : released.stream().map(ReleasedFiles::named).toList();
    Path made = keep == null ? Files.createTempDirectory("dino-released") : keep;
    try {
      Files.createDirectories(made);
      return ReleasedCheck.verify(files, made, STEPS, this::announce);
    } finally {
      if (keep == null) {
        DurableFiles.deleteTree(made);
      }
    }
  }

  private void announce(String file) {
    PrintWriter messages = command.commandLine().getErr();
    messages.println("verifying " + file);
    messages.flush();
  }
}
