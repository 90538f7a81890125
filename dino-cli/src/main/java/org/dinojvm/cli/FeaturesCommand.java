package org.dinojvm.cli;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.cli.options.OutputFile;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.FeatureFormat;
import org.dinojvm.eval.PartialFeatures;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino features}: a folder of pictures as a matrix. */
@Command(
    name = "features",
    header = "Write the features of pictures for NumPy, as CSV or as TFRecord.",
    description = {
      "",
      "float32, one row a picture, not normalized. The ending says what is written:",
      "FILE.npy the matrix; beside it FILE.txt with the pictures' paths and, if they lie in class"
          + " folders, FILE.labels.txt with their classes, one a line in the order of the rows.",
      "FILE.csv a line a picture: path, label, f0, f1, …",
      "FILE.tfrecord a tf.train.Example a picture: features (floats), image/filename, and in class"
          + " folders image/class/text and image/class/label (its index among the folders by name).",
      "A job that was interrupted goes on when the same command is given again: what it has computed"
          + " is in FILE.npy.partial until the end.",
      ""
    })
public final class FeaturesCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "Where the features go, FILE.npy, FILE.csv or FILE.tfrecord.")
  private Path output;

  @Option(names = "--overwrite", description = "Replace the files if they exist.")
  private boolean overwrite;

  /** A command that opens its model by a function. */
  public FeaturesCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    FeatureFormat format = FeatureFormat.of(output);
    OutputFile.check(output, format.ending());
    OutputFile.checkReplaceable(output, overwrite);
    try (FeatureModel opened = model.open()) {
      ImageFolder folder = data.open(command.commandLine().getErr());
      for (Path file : format.files(output, folder)) {
        OutputFile.checkReplaceable(file, overwrite);
      }
      extract(opened, folder, format);
    }
    return 0;
  }

  private void extract(FeatureModel opened, ImageFolder folder, FeatureFormat format)
      throws IOException {
    List<Picture> pictures = folder.pictures();
    PrintWriter out = command.commandLine().getOut();
    try (PartialFeatures rows =
        PartialFeatures.open(
            PartialFeatures.beside(output),
            job(opened, pictures),
            opened.info().embedDim(),
            FeatureExtractor.BATCH)) {
      if (rows.rows() > 0) {
        out.printf(
            Locale.ROOT, "going on after %,d of %,d pictures%n", rows.rows(), pictures.size());
        out.flush();
      }
      try (ProgressLine progress = new ProgressLine("features")) {
        new FeatureExtractor(opened, progress).extract(pictures, rows.rows(), rows::append);
      }
      format.write(output, folder, rows);
      rows.delete();
    }
    out.printf(
        "%s: %d pictures × %d features, float32%s%n",
        output, pictures.size(), opened.info().embedDim(), besides(format.files(output, folder)));
    out.flush();
  }

  /** Features of other weights or of other pictures are another job's. */
  private static byte[] job(FeatureModel opened, List<Picture> pictures) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    hasher.putUnencodedChars(opened.fingerprint()).putInt(pictures.size());
    for (Picture picture : pictures) {
      hasher.putUnencodedChars(picture.name().toString()).putLong(Files.size(picture.file()));
    }
    return hasher.hash().asBytes();
  }

  private static String besides(List<Path> written) {
    return switch (written.size()) {
      case 2 -> "; paths in " + written.get(1);
      case 3 -> "; paths in " + written.get(1) + ", classes in " + written.get(2);
      default -> "";
    };
  }
}
