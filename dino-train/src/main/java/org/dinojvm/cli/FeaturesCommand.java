package org.dinojvm.cli;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.dinojvm.data.ImageFolder;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.Npy;
import org.dinojvm.export.FeatureModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino features}: a folder of pictures as a matrix for NumPy. */
@Command(
    name = "features",
    mixinStandardHelpOptions = true,
    header = "Write the features of pictures for NumPy.",
    description = {
      "",
      "FILE.npy gets float32, one row a picture, not normalised; FILE.txt beside it the pictures'"
          + " paths, one a line in the order of the rows.",
      ""
    },
    sortOptions = false,
    usageHelpWidth = 100)
public final class FeaturesCommand implements Callable<Integer> {

  private final Function<Path, FeatureModel> models;

  @Spec private CommandSpec command;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A run, a checkpoint or a SavedModel.")
  private Path model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Pictures, at any depth.")
  private Path data;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE.npy",
      description = "Where the matrix goes; FILE.txt beside it gets the paths.")
  private Path output;

  @Option(names = "--overwrite", description = "Replace both files if they exist.")
  private boolean overwrite;

  /** A command that opens its model by a function. */
  public FeaturesCommand(Function<Path, FeatureModel> models) {
    this.models = models;
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.check(output, ".npy");
    OutputFile.checkReplaceable(output, overwrite);
    OutputFile.checkReplaceable(Npy.pathsFile(output), overwrite);
    try (FeatureModel opened = models.apply(model)) {
      ImmutableList<Path> files =
          PictureFolders.scan(data, command.commandLine().getErr()).pictures().stream()
              .map(ImageFolder.Picture::file)
              .collect(ImmutableList.toImmutableList());
      float[][] features =
          ProgressLine.show(
              "features", progress -> new FeatureExtractor(opened, progress).extract(files));
      Path paths = Npy.writePaths(output, files);
      Npy.write(output, features);
      PrintWriter out = command.commandLine().getOut();
      out.printf(
          "%s: %d pictures × %d features, float32; paths in %s%n",
          output, features.length, opened.info().embedDim(), paths);
      out.flush();
    }
    return 0;
  }
}
