package org.dinojvm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.RecordWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino records}: pictures to TFRecord files. */
@Command(
    name = "records",
    header = "Write pictures to TFRecord files that dino train and TensorFlow read.",
    description = {
      "",
      "Each record is a tf.train.Example with image/encoded, image/filename and, for pictures in"
          + " class folders, image/class/label and image/class/text.",
      ""
    })
final class RecordsCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "A new folder for the files.")
  private Path output;

  @Option(
      names = "--shards",
      defaultValue = "1",
      paramLabel = "N",
      description = "Number of files [${DEFAULT-VALUE}].")
  private int shards;

  @Override
  public Integer call() throws IOException {
    ImageFolder folder = data.open(command.commandLine().getErr());
    RecordWriter.write(folder, output, shards);
    PrintWriter out = command.commandLine().getOut();
    out.printf("%s: %d pictures in %d files%n", output, folder.pictures().size(), shards);
    out.flush();
    return 0;
  }
}
