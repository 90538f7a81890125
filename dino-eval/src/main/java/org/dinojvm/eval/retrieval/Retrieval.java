package org.dinojvm.eval.retrieval;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureOptions;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;
import org.dinojvm.eval.pixels.PictureLoader;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.eval.pixels.Thumbnail;
import org.dinojvm.eval.retrieval.RevisitedLandmarks.Query;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;

/**
 * How well a picture finds others of the same thing: revisited Oxford and Paris as published
 * ({@code eval_image_retrieval.py}), or the classes of any folder.
 */
public record Retrieval(
    @Setting(
            value = "",
            unit = "folder",
            doc =
                "Revisited Oxford or Paris: the folder that holds jpg/ and gnd_*.pkl. Without it"
                    + " the classes of --train are searched for.",
            source = "arXiv:1803.11285")
        String revisited,
    @Setting(
            value = "512",
            unit = "pixels",
            doc = "Landmarks: longest side that pictures are reduced to.",
            source = "DINO's README, image retrieval")
        int imsize,
    @Setting(
            value = "true",
            doc = "Landmarks: adds the features at scales 1, 1/√2 and 1/2.",
            source = "DINO's README, image retrieval")
        boolean multiscale,
    @Setting(
            value = "false",
            doc =
                "Landmarks: cuts queries to the landmark's box, as the data set's authors do and"
                    + " the published script does not.",
            source = "arXiv:1803.11285")
        boolean cropQueries,
    @Setting(
            value = "1,5,10",
            doc = "k of the precisions and recalls.",
            source = "eval_image_retrieval.py")
        ImmutableIntArray ranks)
    implements Evaluation {

  /** {@code dino evaluate retrieval}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "retrieval";
    }

    @Override
    public String description() {
      return "Pictures of the same thing, found in revisited Oxford or Paris or in labelled"
          + " pictures";
    }

    @Override
    public Class<Retrieval> evaluation() {
      return Retrieval.class;
    }

    @Override
    public boolean bringsPictures() {
      return true;
    }
  }

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public Retrieval {
    atLeast("imsize", imsize, 16);
    require(!ranks.isEmpty(), "ranks", ranks, "name at least one, such as 1");
    require(ranks.stream().allMatch(k -> k >= 1), "ranks", ranks, "each must be at least 1");
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return !revisited.isEmpty() || data.labelled().isPresent();
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    return revisited.isEmpty()
        ? new ClassRetrieval(ranks.asList()).evaluate(in)
        : landmarks(RevisitedLandmarks.open(Path.of(revisited)), in);
  }

  private Findings landmarks(RevisitedLandmarks data, EvaluationInputs in) {
    checkArgument(
        in.options().equals(FeatureOptions.DEFAULT),
        "--revisited takes the features as published, cls and not whitened: leave out --features"
            + " and --whiten");
    float[][] database = new float[data.database().size()][];
    float[][] queries = new float[data.queries().size()][];
    int total = database.length + queries.length;
    try (PictureLoader loader = new PictureLoader()) {
      for (int i = 0; i < database.length; i++) {
        database[i] = features(loader.load(data.database().get(i)), in);
        in.progress().report(i + 1, total);
      }
      for (int i = 0; i < queries.length; i++) {
        queries[i] = features(query(loader, data.queries().get(i)), in);
        in.progress().report(database.length + i + 1, total);
      }
    }
    return scored(data, database, queries);
  }

  private RgbPicture query(PictureLoader loader, Query query) {
    RgbPicture picture = loader.load(query.picture());
    double[] box = query.box();
    if (!cropQueries || box.length == 0) {
      return picture;
    }
    int left = Math.max(0, (int) box[0]);
    int top = Math.max(0, (int) box[1]);
    int right = Math.min(picture.width(), (int) Math.ceil(box[2]));
    int bottom = Math.min(picture.height(), (int) Math.ceil(box[3]));
    checkArgument(
        left < right && top < bottom,
        "'bbx' of %s is %s: expected a box inside its %s × %s pixels",
        query.picture(),
        Arrays.toString(box),
        picture.width(),
        picture.height());
    return picture.crop(top, left, bottom - top, right - left);
  }

  private float[] features(RgbPicture picture, EvaluationInputs in) {
    RgbPicture small = Thumbnail.of(picture, imsize);
    float[] values = new float[small.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Byte.toUnsignedInt(small.values()[i]) / 255f;
    }
    return new RetrievalFeatures(
            multiscale ? RetrievalFeatures.PUBLISHED_SCALES : RetrievalFeatures.ONE_SCALE)
        .of(values, 1, small.height(), small.width(), in.model()::features)[0];
  }

  private Findings scored(RevisitedLandmarks data, float[][] database, float[][] queries) {
    Neighbours found;
    try (NeighbourSearch search = new NeighbourSearch(database)) {
      found = search.nearest(queries, database.length);
    }
    ImmutableMap.Builder<String, Double> numbers = ImmutableMap.builder();
    Formatter table = new Formatter(Locale.ROOT);
    table.format(
        "%,d queries of %,d pictures, %%%n%n%-10s %7s", queries.length, database.length, "", "mAP");
    ranks.forEach(k -> table.format(" %7s", "P@" + k));
    table.format("%n");
    for (Difficulty difficulty : Difficulty.values()) {
      RankingScores.Builder scores = new RankingScores.Builder(queries.length, ranks.asList());
      for (int i = 0; i < queries.length; i++) {
        scores.score(i, found.indices()[i], difficulty.of(data.queries().get(i).annotation()));
      }
      add(difficulty.key(), scores.build(), numbers, table);
    }
    ImmutableMap<String, Double> all = numbers.buildOrThrow();
    String line =
        String.format(
            Locale.ROOT,
            "retrieval mAP medium %.1f %%, hard %.1f %%",
            100 * all.getOrDefault("map_medium", Double.NaN),
            100 * all.getOrDefault("map_hard", Double.NaN));
    return Findings.ofNumbers(all).inWords(line, table.toString());
  }

  private void add(
      String name,
      RankingScores scores,
      ImmutableMap.Builder<String, Double> numbers,
      Formatter table) {
    double[] precisions = scores.meanPrecisionAt();
    numbers.put("map_" + name, scores.meanAveragePrecision());
    List<Integer> kappas = ranks.asList();
    for (int k = 0; k < kappas.size(); k++) {
      numbers.put("precision_%s_%d".formatted(name, kappas.get(k)), precisions[k]);
    }
    table.format("%-10s %7.1f", name, 100 * scores.meanAveragePrecision());
    Arrays.stream(precisions).forEach(value -> table.format(" %7.1f", 100 * value));
    table.format("%n");
  }
}
