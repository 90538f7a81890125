package org.dinojvm.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dinojvm.export.SavedModelExporter;
import org.dinojvm.train.RunFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino export}: the EMA teacher as a SavedModel. */
@Command(
    name = "export",
    header = "Export a trained teacher as a SavedModel for TensorFlow Serving.",
    description = {
      "",
      "Writes OUTPUT/<next version>/ with the signatures serving_default (encoded pictures to"
          + " features), images (pixels to features), projection, attention and tokens.",
      ""
    },
    sortOptions = false)
final class Export implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH",
      description = "A run folder (its newest checkpoint is taken) or a checkpoint folder.")
  private Path model;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the model's versions, e.g. savedmodels/NAME.")
  private Path output;

  @Override
  public Integer call() throws Exception {
    Path checkpoint =
        RunFolder.checkpointIn(model)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no checkpoint in "
                            + model
                            + "; give a run folder or a checkpoint folder"));
    Path version = SavedModelExporter.export(checkpoint, output);
    command.commandLine().getOut().println("exported " + version);
    return 0;
  }
}
