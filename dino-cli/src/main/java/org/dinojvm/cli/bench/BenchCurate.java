package org.dinojvm.cli.bench;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.dinojvm.cli.console.ProgressLine;
import org.dinojvm.cli.options.DataOption;
import org.dinojvm.cli.options.ModelOption;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.explore.curate.Curation;
import org.dinojvm.explore.curate.Curation.Options;
import org.dinojvm.explore.curate.Duplicates.Group;
import org.dinojvm.explore.index.IndexDescription;
import org.dinojvm.explore.index.IndexUpdate;
import org.dinojvm.explore.index.IndexedPicture;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.index.PictureVectors;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino bench curate}: how many planted copies and outliers are found. */
@Command(
    name = "curate",
    header = "Precision and recall of dino curate on planted copies and outliers.",
    description = {
      "",
      "Copies are crops of 60 to 90 %% of each side, and other tints; outliers are noise, gratings,"
          + " text and scribbles. Copies that the pictures have of their own count as mistakes.",
      ""
    })
final class BenchCurate implements Callable<Integer> {

  private static final double[] THRESHOLDS = {0.75, 0.8, 0.85, 0.9, 0.95};

  @Spec private CommandSpec command;

  @Mixin private ModelOption model = new ModelOption(FeatureModels::open);

  @Mixin private DataOption data = new DataOption();

  @Option(names = "--copies", defaultValue = "300", paramLabel = "N", description = "Copies.")
  private int copies;

  @Option(names = "--outliers", defaultValue = "50", paramLabel = "N", description = "Outliers.")
  private int outliers;

  @Option(names = "--seed", defaultValue = "0", paramLabel = "S", description = "Of the copies.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("dino-bench");
    try (FeatureModel opened = model.open()) {
      ImageFolder pictures = data.open(command.commandLine().getErr());
      checkArgument(
          pictures.pictures().size() >= copies,
          "--copies %s of %s pictures are too many",
          copies,
          pictures.pictures().size());
      PlantedPictures planted =
          PlantedPictures.write(
              folder.resolve("data"), pictures.pictures(), copies, outliers, seed);
      report(indexed(folder.resolve("index"), planted.folder(), opened), planted);
    } finally {
      DurableFiles.deleteTree(folder);
    }
    return 0;
  }

  private PictureVectors indexed(Path index, Path pictures, FeatureModel opened)
      throws IOException {
    IndexDescription description =
        IndexDescription.of(pictures, pictures, model.path(), opened, false);
    try (ProgressLine progress = new ProgressLine("index")) {
      new IndexUpdate(index, opened, description, progress).run(ImageFolder.scan(pictures));
    }
    try (PictureIndex written = PictureIndex.open(index)) {
      return written.vectors();
    }
  }

  private void report(PictureVectors all, PlantedPictures planted) {
    PrintWriter out = command.commandLine().getOut();
    out.printf("copies     precision %%  recall %%%n");
    for (double threshold : THRESHOLDS) {
      Curation curation =
          new Curation(all, new Options(0.5, threshold, -1, 0, 0, 0), ProgressLine::new);
      Scores scores = ofCopies(all.pictures(), curation.duplicates(), planted.originals());
      out.printf(Locale.ROOT, "%.3f %16.1f %9.1f%n", threshold, scores.precision, scores.recall);
    }
    for (int count : new int[] {-1, outliers}) {
      Curation curation =
          new Curation(all, new Options(0.5, 0.9, count, 0, 0, 0), ProgressLine::new);
      int[] found = curation.outliers();
      long right =
          IntStream.of(found)
              .filter(i -> planted.outliers().contains(all.pictures().get(i).name()))
              .count();
      out.printf(
          Locale.ROOT,
          "outliers, %s: %d given, precision %.1f %%, recall %.1f %%%n",
          count < 0 ? "unusual" : "the farthest",
          found.length,
          100.0 * right / Math.max(1, found.length),
          100.0 * right / outliers);
    }
    out.flush();
  }

  private record Scores(double precision, double recall) {}

  /** A dropped picture is right if a copy or the original of it stays in its group. */
  private static Scores ofCopies(
      List<IndexedPicture> pictures,
      ImmutableList<Group> groups,
      ImmutableMap<String, String> originals) {
    int right = 0;
    int dropped = 0;
    for (Group group : groups) {
      String kept = origin(pictures.get(group.kept()).name(), originals);
      for (int copy : group.copies()) {
        dropped++;
        right += origin(pictures.get(copy).name(), originals).equals(kept) ? 1 : 0;
      }
    }
    return new Scores(
        100.0 * right / Math.max(1, dropped), 100.0 * right / Math.max(1, originals.size()));
  }

  private static String origin(String name, Map<String, String> originals) {
    return originals.getOrDefault(name, name);
  }
}
