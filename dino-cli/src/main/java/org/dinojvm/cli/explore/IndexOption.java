package org.dinojvm.cli.explore;

import java.io.IOException;
import java.nio.file.Path;
import org.dinojvm.explore.index.PictureIndex;
import picocli.CommandLine.Option;

/** {@code --index}, of the commands that search. */
final class IndexOption {

  @Option(
      names = "--index",
      required = true,
      paramLabel = "INDEX",
      description = "Folder that dino index wrote.")
  private Path path;

  /** Opens the index, which is the caller's to close. */
  PictureIndex open() throws IOException {
    return PictureIndex.open(path);
  }

  /** Where the index is. */
  Path path() {
    return path;
  }
}
