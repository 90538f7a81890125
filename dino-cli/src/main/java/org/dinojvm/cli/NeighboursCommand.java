package org.dinojvm.cli;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.cli.options.OutputFile;
import org.dinojvm.cli.options.PictureFolders;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.knn.ClassBalancedSample;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import org.dinojvm.visual.CaptionedPicture;
import org.dinojvm.visual.NeighbourGallery;
import org.dinojvm.visual.NeighbourGallery.Row;
import org.dinojvm.visual.Png;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino neighbours}: a page that shows what a model takes for alike. */
@Command(
    name = "neighbours",
    header = "Draw what a model takes for alike.",
    description = {
      "",
      "One row a picture: its nearest neighbours by cosine, framed green where they are of its"
          + " class and red where they are not.",
      ""
    })
public final class NeighboursCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private final ModelOption model;

  @Option(
      names = "--train",
      required = true,
      paramLabel = "DIR",
      description = "Labelled pictures to find neighbours among.")
  private Path train;

  @Option(
      names = "--val",
      required = true,
      paramLabel = "DIR",
      description = "Labelled pictures to find neighbours for.")
  private Path val;

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
      names = "--k",
      defaultValue = "6",
      paramLabel = "K",
      description = "Neighbours of each [${DEFAULT-VALUE}].")
  private int k;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "S",
      description = "Another seed, other pictures [${DEFAULT-VALUE}].")
  private long seed;

  /** A command that opens its model by a function. */
  public NeighboursCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.model = new ModelOption(models);
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.check(output, ".png");
    checkArgument(count >= 1, "--count %s must be at least 1", count);
    PrintWriter messages = command.commandLine().getErr();
    try (FeatureModel opened = model.open()) {
      ImmutableList<CaptionedPicture> indexed =
          captions(PictureFolders.scanLabelled(train, messages));
      ImmutableList<CaptionedPicture> queries = sample(PictureFolders.scanLabelled(val, messages));
      ImmutableList<Row> rows = search(opened, indexed, queries);
      Png.write(NeighbourGallery.draw(rows, Progress.NONE), output);
      PrintWriter out = command.commandLine().getOut();
      out.printf(
          "%s: %d pictures with %d neighbours of %d%n", output, rows.size(), k, indexed.size());
      out.flush();
    }
    return 0;
  }

  private ImmutableList<CaptionedPicture> sample(LabelledPictures pictures) {
    ImmutableList<CaptionedPicture> all = captions(pictures);
    ImmutableList<Integer> numbers =
        IntStream.range(0, all.size()).boxed().collect(ImmutableList.toImmutableList());
    return ClassBalancedSample.choose(numbers, pictures.labels()::get, count, seed).stream()
        .map(all::get)
        .collect(ImmutableList.toImmutableList());
  }

  private ImmutableList<Row> search(
      FeatureModel opened,
      ImmutableList<CaptionedPicture> indexed,
      ImmutableList<CaptionedPicture> queries) {
    try (NeighbourSearch search = new NeighbourSearch(features(opened, indexed))) {
      int[][] found = search.nearest(features(opened, queries), k).indices();
      return IntStream.range(0, queries.size())
          .mapToObj(query -> new Row(queries.get(query), at(indexed, found[query])))
          .collect(ImmutableList.toImmutableList());
    }
  }

  private static float[][] features(FeatureModel model, ImmutableList<CaptionedPicture> pictures) {
    ImmutableList<Picture> shown =
        pictures.stream().map(CaptionedPicture::picture).collect(ImmutableList.toImmutableList());
    try (ProgressLine progress = new ProgressLine("features")) {
      return new FeatureExtractor(model, progress).extract(shown);
    }
  }

  private static ImmutableList<CaptionedPicture> at(
      ImmutableList<CaptionedPicture> pictures, int[] numbers) {
    return Arrays.stream(numbers).mapToObj(pictures::get).collect(ImmutableList.toImmutableList());
  }

  private static ImmutableList<CaptionedPicture> captions(LabelledPictures pictures) {
    return IntStream.range(0, pictures.pictures().size())
        .mapToObj(
            i ->
                new CaptionedPicture(
                    pictures.pictures().get(i),
                    pictures.className(i),
                    pictures.pictures().get(i).fileName()))
        .collect(ImmutableList.toImmutableList());
  }
}
