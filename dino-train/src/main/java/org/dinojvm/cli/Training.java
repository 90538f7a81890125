package org.dinojvm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.export.SavedModelExporter;
import org.dinojvm.train.TrainConfig;
import org.dinojvm.train.Trainer;
import picocli.CommandLine.Help.Ansi;

/** What the commands that train have in common: show progress, train, export the teacher. */
final class Training {

  private static final Path EXPORTS = Path.of("savedmodels");

  private Training() {}

  /**
   * Trains and exports.
   *
   * @return the exported version
   */
  static Path run(TrainConfig config, PrintWriter out) throws IOException {
    Path checkpoint;
    try (ConsoleProgress progress = new ConsoleProgress(out, Ansi.AUTO.enabled())) {
      checkpoint = new Trainer(config, List.of(progress)).run();
    }
    out.println("checkpoint " + checkpoint);
    Path name = Path.of(config.outputDir()).toAbsolutePath().normalize().getFileName();
    Path version = SavedModelExporter.export(checkpoint, EXPORTS.resolve(name));
    out.println("exported " + version);
    out.flush();
    return version;
  }
}
