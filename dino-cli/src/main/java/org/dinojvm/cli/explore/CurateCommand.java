package org.dinojvm.cli.explore;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.explore.curate.CuratedFolder;
import org.dinojvm.explore.curate.Curation;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.index.PictureVectors;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino curate}: an index's pictures put in order. */
@Command(
    name = "curate",
    header = "Put pictures in order: copies, outliers, clusters, a diverse subset.",
    description = {
      "",
      "--output gets lists that --data takes, one path a line, and a page for each: duplicates.txt"
          + " (of each group all but the one to keep), outliers.txt, curated.txt (all but these"
          + " two), clusters/, with --subset subset.txt, with --like like.txt.",
      "",
      "Example: dino curate --index pictures.index --output order --subset 10%% && dino train"
          + " --data order/subset.txt --output runs/subset",
      ""
    })
public final class CurateCommand implements Callable<Integer> {

  private static final Pattern SHARE = Pattern.compile("\\d{1,2}(\\.\\d+)?%|100%");
  private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,8}");

  private final BiFunction<Path, Trust, FeatureModel> models;

  @Spec private CommandSpec command;

  @Mixin private IndexOption index;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the lists and pages; files of their names are replaced.")
  private Path output;

  @Option(
      names = "--duplicates",
      defaultValue = "0.9",
      paramLabel = "CORRELATION",
      description =
          "From which correlation of pixels two pictures are copies, where one is best taken for a"
              + " part of the other [${DEFAULT-VALUE}]; duplicates.html shows what that gives.")
  private double duplicates;

  @Option(
      names = "--similar",
      defaultValue = "0.5",
      paramLabel = "COSINE",
      description =
          "From which similarity to the model neighbours are compared by pixels at all"
              + " [${DEFAULT-VALUE}].")
  private double similar;

  @Option(
      names = "--outliers",
      paramLabel = "N",
      description =
          "How many outliers [those whose distance to their neighbours is 3.5 robust deviations"
              + " above the median].")
  private Integer outliers;

  @Option(
      names = "--clusters",
      defaultValue = "0",
      paramLabel = "K",
      description = "How many clusters [the root of half the pictures, at most 24].")
  private int clusters;

  @Option(
      names = "--subset",
      paramLabel = "N|P%",
      description = "Pictures of a diverse subset, a number or a share as 10%%.")
  private String subset;

  @Option(
      names = "--like",
      split = ",",
      paramLabel = "PICTURE,…",
      description = "Examples, to find the pictures that are most like any of them.")
  private List<Path> like = List.of();

  @Option(
      names = "--k",
      defaultValue = "100",
      paramLabel = "K",
      description = "How many of these [${DEFAULT-VALUE}].")
  private int k;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "S",
      description = "Another seed, other clusters, another subset [${DEFAULT-VALUE}].")
  private long seed;

  /** A command that opens a model by a function, for {@code --like}. */
  public CurateCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.models = models;
  }

  @Override
  public Integer call() throws IOException {
    checkArgument(k >= 1, "--k %s must be at least 1", k);
    checkArgument(outliers == null || outliers >= 0, "--outliers %s must be at least 0", outliers);
    for (Path example : like) {
      checkArgument(Files.isRegularFile(example), "--like %s is no file", example);
    }
    try (PictureIndex opened = index.open()) {
      PictureVectors all = opened.vectors();
      Curation.Options options =
          new Curation.Options(
              similar,
              duplicates,
              outliers == null ? -1 : outliers,
              clusters,
              subset == null ? 0 : subsetOf(all.size()),
              seed);
      Curation curation = new Curation(all, options, ProgressLine::new);
      try (CuratedFolder folder = new CuratedFolder(output, all.pictures())) {
        ImmutableMap<String, Integer> numbers = curation.write(folder);
        if (!like.isEmpty()) {
          curation.writeLike(folder, examples(opened), Math.min(k, all.size()));
        }
        folder.json("curate.json", numbers);
        report(numbers);
      }
    }
    return 0;
  }

  private int subsetOf(int pictures) {
    checkArgument(
        SHARE.matcher(subset).matches() || NUMBER.matcher(subset).matches(),
        "--subset %s is neither a number of pictures nor a share such as 10%%",
        subset);
    return subset.endsWith("%")
        ? (int)
            Math.max(
                1,
                Math.round(
                    Double.parseDouble(subset.substring(0, subset.length() - 1)) / 100 * pictures))
        : Integer.parseInt(subset);
  }

  private float[][] examples(PictureIndex opened) throws IOException {
    float[][] examples = new float[like.size()][];
    try (FeatureModel model =
        opened.requireSameModel(models.apply(opened.description().model(), Trust.CHECKED))) {
      for (int i = 0; i < examples.length; i++) {
        examples[i] = model.embed(like.get(i));
      }
    }
    return examples;
  }

  private void report(ImmutableMap<String, Integer> numbers) {
    PrintWriter out = command.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: of %,d pictures %,d copies in %,d groups and %,d outliers, %,d without these;"
            + " %,d clusters%n",
        output,
        numbers.get("pictures"),
        numbers.get("copies"),
        numbers.get("groups"),
        numbers.get("outliers"),
        numbers.get("curated"),
        numbers.get("clusters"));
    out.printf("next: dino train --data %s --output runs/curated%n", output.resolve("curated.txt"));
    out.flush();
  }
}
