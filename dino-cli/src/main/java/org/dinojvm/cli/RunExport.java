package org.dinojvm.cli;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.data.source.Records;
import org.dinojvm.eval.FeatureKind;
import org.dinojvm.eval.ReadOuts;
import org.dinojvm.serve.ExportOptions;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.serve.readout.ReadOut;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.train.run.RunFolder;

/**
 * What a run that has ended exports: its teacher, once.
 *
 * @param exports folder of the models, each with its versions
 * @param out is told what is exported
 */
record RunExport(TrainConfig config, Path exports, PrintWriter out) {

  /**
   * Exports a checkpoint, unless this very one was exported before.
   *
   * @return the exported version
   */
  Path of(Path checkpoint) throws IOException {
    out.println("checkpoint " + checkpoint);
    Path name = Path.of(config.run().outputDir()).toAbsolutePath().normalize().getFileName();
    Path versions = exports.resolve(name);
    boolean plain = config.run().exportWhitening() == 0;
    Optional<Path> before = SavedModelExporter.exportOf(checkpoint, versions, plain);
    if (before.isPresent()) {
      out.println("exported before, as " + before.get());
      out.flush();
      return before.get();
    }
    Optional<ReadOut> other = plain ? Optional.empty() : readOut(checkpoint);
    Path version = SavedModelExporter.export(checkpoint, versions, ExportOptions.PLAIN.with(other));
    out.println("exported " + version);
    out.flush();
    return version;
  }

  /**
   * Whitened features; none if the run's pictures or features do not allow it: it is over by then.
   */
  private Optional<ReadOut> readOut(Path checkpoint) throws IOException {
    try (FeatureModel teacher = FeatureModels.open(checkpoint);
        ProgressLine progress = new ProgressLine("features")) {
      return Optional.of(
          ReadOuts.learn(
              teacher,
              teacher.hasBlocks() ? FeatureKind.CLS_MEAN : FeatureKind.CLS,
              pictures(),
              config.run().exportWhitening(),
              progress));
    } catch (IllegalArgumentException e) {
      out.printf("warning: the class token is exported as it is: %s%n", e.getMessage());
      return Optional.empty();
    }
  }

  private ImmutableList<Picture> pictures() throws IOException {
    Path known = Path.of(config.run().outputDir());
    return Records.open(
            Path.of(config.run().dataPath()), RunFolder.scanFile(known).read(Progress.NONE))
        .spread(ReadOuts.ENOUGH);
  }
}
