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
import org.dinojvm.visual.AttentionVideo;
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
      "FILE.png, one row a picture: the fewest patches that hold 60 %% of the attention of the class"
          + " token in the last block, the mean over heads, and each head.",
      "FILE.gif, the pictures as frames of a video, in the order of their names: each under the mean"
          + " of the heads, and that beside it. ffmpeg -i video.mp4 frames/%%05d.jpg makes frames.",
      ""
    })
public final class AttentionCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "Where it goes, FILE.png or FILE.gif; replaced if it exists.")
  private Path output;

  @Option(
      names = "--count",
      defaultValue = "8",
      paramLabel = "N",
      description = "Pictures of FILE.png, from each class in turn [${DEFAULT-VALUE}].")
  private int count;

  @Option(
      names = "--fps",
      defaultValue = "10",
      paramLabel = "N",
      description = "Frames of FILE.gif in a second, at most 50 [${DEFAULT-VALUE}].")
  private int fps;

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
    boolean video = output.getFileName().toString().endsWith(".gif");
    OutputFile.check(output, video ? ".gif" : ".png");
    checkArgument(count >= 1, "--count %s must be at least 1", count);
    checkArgument(fps >= 1 && fps <= 50, "--fps %s must be 1 to 50", fps);
    try (FeatureModel opened = model.open();
        ProgressLine progress = new ProgressLine("attention")) {
      ImageFolder folder = data.open(command.commandLine().getErr());
      int size = imageSize == null ? AttentionGallery.defaultImageSize(opened.info()) : imageSize;
      PrintWriter out = command.commandLine().getOut();
      if (video) {
        new AttentionVideo(opened, size).write(folder.pictures(), fps, output, progress);
        out.printf(
            "%s: %d frames, shorter side %d pixels%n", output, folder.pictures().size(), size);
      } else {
        int drawn = drawPage(opened, folder, size, progress);
        out.printf(
            "%s: %d pictures, %d heads, seen at %d × %d pixels%n",
            output, drawn, opened.info().numHeads(), size, size);
      }
      out.flush();
    }
    return 0;
  }

  private int drawPage(FeatureModel opened, ImageFolder folder, int size, ProgressLine progress)
      throws IOException {
    ImmutableList<CaptionedPicture> pictures =
        ClassBalancedSample.choose(folder.pictures(), Picture::label, count, seed).stream()
            .map(picture -> CaptionedPicture.of(folder, picture))
            .collect(ImmutableList.toImmutableList());
    Png.write(new AttentionGallery(opened, size).draw(pictures, progress), output);
    return pictures.size();
  }
}
