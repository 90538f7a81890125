package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.OutputFile;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.train.config.TrainConfig;
import org.dinojvm.visual.Png;
import org.dinojvm.visual.ViewGallery;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino views}: a page of what the network sees of some pictures. */
@Command(
    name = "views",
    header = "Draw the crops of some pictures, as training augments them.",
    description = {"", "One row a picture: its global crops, then its local ones.", ""})
final class ViewsCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final DataOption data = new DataOption();

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE.png",
      description = "Where the page goes; replaced if it exists.")
  private Path output;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file of settings, such as a recipe; else the published crops.")
  private Path config;

  @Option(
      names = "--count",
      defaultValue = "6",
      paramLabel = "N",
      description = "Pictures [${DEFAULT-VALUE}].")
  private int count;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "S",
      description = "Another seed, other pictures and crops [${DEFAULT-VALUE}].")
  private long seed;

  @Override
  public Integer call() throws IOException {
    OutputFile.check(output, ".png");
    checkArgument(count >= 1, "--count %s must be at least 1", count);
    TrainConfig settings = TrainConfig.load(Optional.ofNullable(config), Map.of());
    MultiCrop crops = settings.views();
    ImageFolder folder = data.open(command.commandLine().getErr());
    int shown = Math.min(count, folder.pictures().size());
    Png.write(ViewGallery.draw(folder, crops, settings.normalization(), shown, seed), output);
    PrintWriter out = command.commandLine().getOut();
    out.printf("%s: %d pictures, %d views each%n", output, shown, crops.views());
    out.flush();
    return 0;
  }
}
