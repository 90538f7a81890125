package org.dinojvm.cli.options;

import org.dinojvm.serve.Trust;
import picocli.CommandLine.Option;

/** {@code --trust}, of the commands that take a SavedModel. */
public final class TrustOption {

  @Option(
      names = "--trust",
      description =
          "Open a SavedModel although its graph has operations that this project's exports do not"
              + " have: it may read and write files.")
  private boolean full;

  public Trust trust() {
    return full ? Trust.FULL : Trust.CHECKED;
  }
}
