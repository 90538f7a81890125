package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.dinojvm.data.ImageFolder;
import org.dinojvm.data.ImageFolder.Picture;
import org.dinojvm.eval.ClassBalancedSample;
import org.dinojvm.export.FeatureModel;
import org.dinojvm.visual.AttentionGallery;
import org.dinojvm.visual.CaptionedPicture;
import org.dinojvm.visual.Png;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino attention}: a page that shows where a Vision Transformer looks. */
@Command(
    name = "attention",
    mixinStandardHelpOptions = true,
    description = {
      "Attention maps of a model's last block, drawn to a PNG:",
      "each head, their mean, and the fewest patches that hold 60 % of the mean."
    })
public final class AttentionCommand implements Callable<Integer> {

  private final Function<Path, FeatureModel> models;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "a run, a checkpoint or a SavedModel of a Vision Transformer")
  private Path model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "pictures, at any depth, in class folders or not")
  private Path data;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE.png",
      description = "where the page goes; replaced if it exists")
  private Path output;

  @Option(
      names = "--count",
      defaultValue = "8",
      paramLabel = "N",
      description = "pictures, from each class in turn (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(
      names = "--image_size",
      paramLabel = "PIXELS",
      description = "side of the square the model sees (default: twice its evaluation size)")
  private Integer imageSize;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "S",
      description = "another seed, other pictures (default: ${DEFAULT-VALUE})")
  private long seed;

  /** A command that opens its model by a function. */
  public AttentionCommand(Function<Path, FeatureModel> models) {
    this.models = models;
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.check(output, ".png");
    checkArgument(count >= 1, "--count %s must be at least 1", count);
    ImageFolder folder = PictureFolders.scan(data, spec.commandLine().getErr());
    ImmutableList<CaptionedPicture> pictures =
        ClassBalancedSample.choose(folder.pictures(), Picture::label, count, seed).stream()
            .map(picture -> caption(folder, picture))
            .collect(ImmutableList.toImmutableList());
    try (FeatureModel opened = models.apply(model)) {
      int size = imageSize == null ? AttentionGallery.defaultImageSize(opened.info()) : imageSize;
      AttentionGallery gallery = new AttentionGallery(opened, size);
      BufferedImage page =
          ProgressLine.show("attention", progress -> gallery.draw(pictures, progress));
      Png.write(page, output);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "%s: %d pictures, %d heads, seen at %d × %d pixels%n",
          output, pictures.size(), opened.info().numHeads(), size, size);
      out.flush();
    }
    return 0;
  }

  private static CaptionedPicture caption(ImageFolder folder, Picture picture) {
    String fileName = picture.file().getFileName().toString();
    return picture.label() == ImageFolder.UNLABELLED
        ? new CaptionedPicture(picture.file(), fileName, "")
        : new CaptionedPicture(picture.file(), folder.classes().get(picture.label()), fileName);
  }
}
