package org.dinojvm.cli.options;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ScanFile;
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

  /** The same, without decoding what has not changed since the scan that was kept. */
  public ImageFolder open(ScanFile known, PrintWriter messages) throws IOException {
    return PictureFolders.open(path, known, messages);
  }

  /** Where the pictures are. */
  public Path path() {
    return path;
  }
}
