package org.dinojvm.cli.options;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.dinojvm.data.source.ImageFolder;
import picocli.CommandLine.Option;

/** {@code --data}, of the commands that read pictures. */
public final class DataOption {

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Pictures: a folder, a list of files, or TFRecords.")
  private Path path;

  /** Scans the pictures and says what of them was skipped, and why. */
  public ImageFolder open(PrintWriter messages) throws IOException {
    return PictureFolders.open(path, messages);
  }
}
