package org.dinojvm.cli.explore;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.dinojvm.cli.options.OutputFile;
import org.dinojvm.cli.options.TrustOption;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.explore.index.PictureIndex;
import org.dinojvm.explore.index.PictureIndex.Hit;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.Trust;
import org.dinojvm.visual.CaptionedPicture;
import org.dinojvm.visual.NeighbourGallery;
import org.dinojvm.visual.NeighbourGallery.Row;
import org.dinojvm.visual.Png;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dino search}: the pictures of an index that are most like another one. */
@Command(
    name = "search",
    header = "Find the pictures of an index that are most like another one.",
    description = {"", "One line a picture: cosine similarity, class if there is one, file.", ""})
public final class SearchCommand implements Callable<Integer> {

  private final BiFunction<Path, Trust, FeatureModel> models;

  @Spec private CommandSpec command;

  @Mixin private IndexOption index;

  @Option(
      names = "--query",
      required = true,
      paramLabel = "PICTURE",
      description = "A JPEG, PNG, GIF or BMP file; it need not be in the index.")
  private Path query;

  @Option(
      names = "--k",
      defaultValue = "10",
      paramLabel = "K",
      description = "How many to find [${DEFAULT-VALUE}].")
  private int k;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The index's model, if it is not any more where it was.")
  private Path model;

  @Mixin private TrustOption trust;

  @Option(
      names = "--output",
      paramLabel = "FILE.png",
      description = "Draws a page of them; replaced if it exists.")
  private Path output;

  @Option(names = "--json", description = "An object on one line instead of a table.")
  private boolean json;

  /** A command that opens its model by a function. */
  public SearchCommand(BiFunction<Path, Trust, FeatureModel> models) {
    this.models = models;
  }

  @Override
  public Integer call() throws IOException {
    checkArgument(k >= 1, "--k %s must be at least 1", k);
    checkArgument(Files.isRegularFile(query), "--query %s is no file", query);
    if (output != null) {
      OutputFile.check(output, ".png");
    }
    try (PictureIndex opened = index.open();
        FeatureModel embedding = openModel(opened)) {
      ImmutableList<Hit> hits = opened.search(embed(embedding), k);
      print(hits);
      if (output != null) {
        draw(hits);
      }
    }
    return 0;
  }

  private FeatureModel openModel(PictureIndex opened) {
    Path path = Optional.ofNullable(model).orElse(opened.description().model());
    return opened.requireSameModel(models.apply(path, trust.trust()));
  }

  private float[] embed(FeatureModel embedding) throws IOException {
    try {
      return embedding.embed(query);
    } catch (TFInvalidArgumentException e) {
      throw new IllegalArgumentException(
          "--query %s is no JPEG, PNG, GIF or BMP, or it is damaged".formatted(query), e);
    }
  }

  private void print(List<Hit> hits) throws IOException {
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      List<Map<String, Object>> found =
          hits.stream()
              .<Map<String, Object>>map(
                  hit ->
                      ImmutableMap.of(
                          "similarity",
                          hit.similarity(),
                          "class",
                          hit.picture().className(),
                          "name",
                          hit.picture().name(),
                          "file",
                          hit.picture().file().toString()))
              .toList();
      out.println(
          new ObjectMapper()
              .writeValueAsString(ImmutableMap.of("query", query.toString(), "found", found)));
    } else {
      for (Hit hit : hits) {
        out.printf(
            Locale.ROOT,
            "%7.4f  %-16s %s%n",
            hit.similarity(),
            hit.picture().className(),
            hit.picture().file());
      }
    }
    out.flush();
  }

  /** A page of one row, without frames, since nobody said what the query is. */
  private void draw(List<Hit> hits) throws IOException {
    Row row =
        new Row(
            new CaptionedPicture(
                new Picture(query, ImageFolder.UNLABELLED, 0, 0),
                "",
                query.getFileName().toString()),
            hits.stream()
                .map(
                    hit ->
                        new CaptionedPicture(
                            hit.picture().picture(),
                            hit.picture().className(),
                            hit.picture().name()))
                .collect(ImmutableList.toImmutableList()));
    Png.write(NeighbourGallery.draw(List.of(row), Progress.NONE), output);
  }
}
