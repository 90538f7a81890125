package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.cli.options.OutputFile;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.knn.ClassBalancedSample;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import org.dinojvm.visual.AttentionGallery;
import org.dinojvm.visual.CaptionedPicture;
import org.dinojvm.visual.Png;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino attention}: a page that shows where a Vision Transformer looks. */
@Command(
    name = "attention",
    header = "Draw where a Vision Transformer or an XCiT looks.",
    description = {
      "",
      "One row a picture: the fewest patches that hold 60 %% of the attention of the class token in"
          + " the last block, the mean over heads, and each head.",
      ""
    })
public final class AttentionCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE.png",
      description = "Where the page goes; replaced if it exists.")
  private Path output;

  @Option(
      names = "--count",
      defaultValue = "8",
      paramLabel = "N",
      description = "Pictures, from each class in turn [${DEFAULT-VALUE}].")
  private int count;

  @Option(
      names = "--image_size",
      paramLabel = "PIXELS",
      description = "Side of the square the model sees (default: twice its evaluation size).")
  private Integer imageSize;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "S",
      description = "Another seed, other pictures [${DEFAULT-VALUE}].")
  private long seed;

  /** A command that opens its model by a function. */
  public AttentionCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.check(output, ".png");
    checkArgument(count >= 1, "--count %s must be at least 1", count);
    try (FeatureModel opened = model.open()) {
      ImageFolder folder = data.open(command.commandLine().getErr());
      ImmutableList<CaptionedPicture> pictures =
          ClassBalancedSample.choose(folder.pictures(), Picture::label, count, seed).stream()
              .map(picture -> CaptionedPicture.of(folder, picture))
              .collect(ImmutableList.toImmutableList());
      int size = imageSize == null ? AttentionGallery.defaultImageSize(opened.info()) : imageSize;
      AttentionGallery gallery = new AttentionGallery(opened, size);
      try (ProgressLine progress = new ProgressLine("attention")) {
        Png.write(gallery.draw(pictures, progress), output);
      }
      PrintWriter out = command.commandLine().getOut();
      out.printf(
          "%s: %d pictures, %d heads, seen at %d × %d pixels%n",
          output, pictures.size(), opened.info().numHeads(), size, size);
      out.flush();
    }
    return 0;
  }
}
