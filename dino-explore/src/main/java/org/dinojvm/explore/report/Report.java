package org.dinojvm.explore.report;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.PictureReader;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelInfo;

/**
 * A page to explore what a model has learned of some pictures. All that it needs is in its folder:
 * {@code index.html} with map, neighbours, curves and tables; {@code sprites/} with thumbnails;
 * {@code details/} with attention and patches, a script a picture, since a page from the disk may
 * load nothing else.
 */
public final class Report {

  /** Pictures that a browser can show on one map. */
  private static final int MOST_PICTURES = 50_000;

  /** Pictures that colors and short tokens of patches are learned from at most. */
  private static final int LEARNED_FROM = 48;

  private static final ImmutableList<String> SCRIPTS =
      ImmutableList.of(
          "d3.js", "uplot.js", "data.js", "map.js", "detail.js", "curves.js", "report.js");

  private final FeatureModel model;
  private final ImageFolder folder;
  private final Options options;
  private final Stages stages;

  /**
   * How much a page shows.
   *
   * @param details pictures whose attention and patches are kept; about 70 KB each
   * @param neighbours of each picture
   * @param seed of map, clusters and choice
   */
  public record Options(int details, int neighbours, long seed) {

    /** What the command takes unless told. */
    public static final Options DEFAULT = new Options(300, 12, 0);

    /** Checks the numbers. */
    public Options {
      checkArgument(details >= 0, "--details %s must be at least 0", details);
      checkArgument(
          neighbours >= 1 && neighbours <= 50, "--neighbours %s must be 1 to 50", neighbours);
    }
  }

  /**
   * A table of numbers.
   *
   * @param title what was evaluated
   * @param numbers by name
   */
  public record Table(String title, ImmutableMap<String, Double> numbers) {}

  /** A page of a model, which stays the caller's to close. */
  public Report(FeatureModel model, ImageFolder folder, Options options, Stages stages) {
    checkArgument(
        folder.pictures().size() <= MOST_PICTURES,
        "%s pictures are too many for one page: give a list of %s of them, as dino curate"
            + " writes one",
        folder.pictures().size(),
        MOST_PICTURES);
    this.model = model;
    this.folder = folder;
    this.options = options;
    this.stages = stages;
  }

  /**
   * Writes the page.
   *
   * @param output its folder, new or with a page of before, which is replaced
   * @param title for people
   * @param run how the model was trained, if that is known
   * @param tables what was evaluated
   */
  public void write(Path output, String title, Optional<RunRecord> run, List<Table> tables)
      throws IOException {
    ReportFolder.write(
        output,
        aside -> {
          PictureMap map = PictureMap.of(model, folder, options, stages);
          Sprites.write(
              aside.resolve(ReportFolder.SPRITES), map.pictures(), stages.begin("thumbnails"));
          Map<String, Object> data = new LinkedHashMap<>();
          data.put("model", about(model.info()));
          data.put("root", folder.root().toString());
          data.putAll(map.json());
          data.put("sprites", ImmutableMap.of("side", Sprites.SIDE, "columns", Sprites.COLUMNS));
          data.put("details", writeDetails(aside.resolve(ReportFolder.DETAILS), map));
          data.put("tables", tables);
          run.ifPresent(record -> data.put("run", record));
          Files.writeString(
              aside.resolve(ReportFolder.PAGE), Page.html("report.html", title, data, SCRIPTS));
        });
  }

  static ImmutableMap<String, Object> about(ModelInfo info) {
    return ImmutableMap.of(
        "arch", info.arch(),
        "patch", info.patchSize(),
        "dimensions", info.embedDim(),
        "heads", info.numHeads());
  }

  /** The numbers of the pictures that have details. */
  private int[] writeDetails(Path details, PictureMap map) throws IOException {
    if (!PatchView.appliesTo(model) || options.details == 0) {
      return new int[0];
    }
    int[] chosen = map.spread(options.details);
    Files.createDirectories(details);
    try (PictureReader reader = new PictureReader(PatchView.view(model.info()))) {
      Optional<PatchSpace> space =
          model.hasTokens() ? Optional.of(space(map, reader)) : Optional.empty();
      Progress progress = stages.begin("attention and patches");
      for (int i = 0; i < chosen.length; i++) {
        float[] pixels = reader.read(map.pictures().get(chosen[i]));
        Object json = PictureDetail.json(PatchView.of(model, pixels), pixels, space);
        String script = "dino.detail(%d, %s);\n".formatted(chosen[i], Page.json(json));
        Files.write(details.resolve(chosen[i] + ".js"), script.getBytes(UTF_8));
        progress.report(i + 1, chosen.length);
      }
    }
    return chosen;
  }

  private PatchSpace space(PictureMap map, PictureReader reader) {
    int[] some = map.spread(LEARNED_FROM);
    Progress progress = stages.begin("colors of patches");
    List<PatchView> views = new ArrayList<>();
    for (int number : some) {
      views.add(PatchView.of(model, reader.read(map.pictures().get(number))));
      progress.report(views.size(), some.length);
    }
    return PatchSpace.of(views);
  }
}
