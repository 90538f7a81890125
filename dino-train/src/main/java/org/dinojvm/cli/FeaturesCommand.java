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
    description = {
      "Features of a folder's pictures as .npy (float32, one row a picture, not normalised),",
      "and beside it the pictures' paths as .txt, one a line in the order of the rows."
    })
public final class FeaturesCommand implements Callable<Integer> {

  private final Function<Path, FeatureModel> models;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "a run, a checkpoint or a SavedModel")
  private Path model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "pictures, at any depth")
  private Path data;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE.npy",
      description = "where the matrix goes; FILE.txt beside it gets the paths")
  private Path output;

  @Option(names = "--overwrite", description = "replace both files if they exist")
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
    ImmutableList<Path> files =
        PictureFolders.scan(data, spec.commandLine().getErr()).pictures().stream()
            .map(ImageFolder.Picture::file)
            .collect(ImmutableList.toImmutableList());
    try (FeatureModel opened = models.apply(model)) {
      float[][] features =
          ProgressLine.show(
              "features", progress -> new FeatureExtractor(opened, progress).extract(files));
      Path paths = Npy.writePaths(output, files);
      Npy.write(output, features);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "%s: %d pictures × %d features, float32; paths in %s%n",
          output, features.length, opened.info().embedDim(), paths);
      out.flush();
    }
    return 0;
  }
}
