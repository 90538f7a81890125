package org.dinojvm.compare;

import com.google.common.collect.ImmutableList;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.knn.ClassBalancedSample;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.visual.AttentionComparison;
import org.dinojvm.visual.CaptionedPicture;
import org.dinojvm.visual.NeighbourGallery;
import org.dinojvm.visual.NeighbourGallery.Row;

/** Pictures of what each model finds alike and where it looks, for the same few pictures. */
final class ModelPictures {

  private static final int QUERIES = 4;
  private static final int NEIGHBOURS = 6;
  private static final long SEED = 0;

  private final Optional<LabelledSplit> split;
  private final ImmutableList<CaptionedPicture> queries;
  private final AttentionComparison attention;
  private final List<ImmutableList<Row>> neighbours = new ArrayList<>();
  private final PrintWriter messages;

  /** Pictures of models to come. */
  ModelPictures(EvaluationData data, PrintWriter messages) {
    this.split = data.labelled();
    this.messages = messages;
    this.queries =
        split
            .map(labelled -> sample(labelled.val().orElse(labelled.train())))
            .orElseGet(
                () ->
                    data.pictures().spread(QUERIES).stream()
                        .map(picture -> CaptionedPicture.of(data.pictures(), picture))
                        .collect(ImmutableList.toImmutableList()));
    this.attention = new AttentionComparison(queries);
  }

  private static ImmutableList<CaptionedPicture> sample(LabelledPictures pictures) {
    ImmutableList<Integer> numbers =
        IntStream.range(0, pictures.pictures().size())
            .boxed()
            .collect(ImmutableList.toImmutableList());
    return ClassBalancedSample.choose(numbers, pictures.labels()::get, QUERIES, SEED).stream()
        .map(number -> captioned(pictures, number))
        .collect(ImmutableList.toImmutableList());
  }

  private static CaptionedPicture captioned(LabelledPictures pictures, int number) {
    Picture picture = pictures.pictures().get(number);
    return new CaptionedPicture(picture, pictures.className(number), picture.fileName());
  }

  /**
   * Adds a model.
   *
   * @param in the model, open
   */
  void add(String name, EvaluationInputs in) {
    split.ifPresent(labelled -> neighbours.add(neighboursOf(name, labelled.train(), in)));
    if (in.model().info().numHeads() > 0) {
      attention.add(name, in.model());
    } else {
      messages.printf("attention of %s left out: %s has none%n", name, in.model().info().arch());
      messages.flush();
    }
  }

  private ImmutableList<Row> neighboursOf(
      String name, LabelledPictures indexed, EvaluationInputs in) {
    ImmutableList<Picture> pictures =
        queries.stream().map(CaptionedPicture::picture).collect(ImmutableList.toImmutableList());
    float[][] features = new FeatureExtractor(in.model(), Progress.NONE).extract(pictures);
    int most = Math.min(NEIGHBOURS + 1, indexed.pictures().size());
    try (NeighbourSearch search = new NeighbourSearch(in.features(indexed.pictures()))) {
      int[][] found = search.nearest(features, most).indices();
      return IntStream.range(0, queries.size())
          .mapToObj(query -> row(name, queries.get(query), indexed, found[query]))
          .collect(ImmutableList.toImmutableList());
    }
  }

  /** The query under its class and the model; it is not its own neighbour. */
  private static Row row(
      String name, CaptionedPicture query, LabelledPictures indexed, int[] found) {
    int shown = Math.min(NEIGHBOURS, indexed.pictures().size() - 1);
    return new Row(
        new CaptionedPicture(query.picture(), query.title(), name),
        Arrays.stream(found)
            .filter(number -> !indexed.pictures().get(number).equals(query.picture()))
            .limit(shown)
            .mapToObj(number -> captioned(indexed, number))
            .collect(ImmutableList.toImmutableList()));
  }

  /** Who finds which neighbours: models under each other for each query; needs classes. */
  Optional<BufferedImage> neighbours() {
    if (neighbours.isEmpty()) {
      return Optional.empty();
    }
    List<Row> rows = new ArrayList<>();
    for (int query = 0; query < queries.size(); query++) {
      for (ImmutableList<Row> model : neighbours) {
        rows.add(model.get(query));
      }
    }
    return Optional.of(NeighbourGallery.draw(rows, Progress.NONE));
  }

  /** Where each model with attention looks. */
  Optional<BufferedImage> attention() {
    return attention.isEmpty() ? Optional.empty() : Optional.of(attention.draw());
  }
}
