package org.dinojvm.cli.options;

import org.dinojvm.serve.Precision;
import picocli.CommandLine.Option;

/** {@code --precision} of the commands that write a SavedModel. */
public final class PrecisionOption {

  @Option(
      names = "--precision",
      paramLabel = "float32|bf16",
      defaultValue = "float32",
      description =
          "Arithmetic of the SavedModel's matrix products [${DEFAULT-VALUE}]: in bf16 it is faster on"
              + " processors with instructions for it, without an option of the server; its weights"
              + " are stored in float32 all the same.")
  private Precision precision;

  /** The arithmetic. */
  public Precision value() {
    return precision;
  }

  /** Whether it is what an export has if nothing is said. */
  public boolean isDefault() {
    return precision == Precision.FLOAT32;
  }
}
