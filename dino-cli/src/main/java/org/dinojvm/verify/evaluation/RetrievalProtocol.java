package org.dinojvm.verify.evaluation;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import org.dinojvm.eval.knn.NeighbourSearch;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.eval.pixels.Thumbnail;
import org.dinojvm.eval.retrieval.Difficulty;
import org.dinojvm.eval.retrieval.Difficulty.Annotation;
import org.dinojvm.eval.retrieval.RankingScores;
import org.dinojvm.eval.retrieval.RetrievalFeatures;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** Revisited Oxford and Paris: scores of rankings, features of several scales, thumbnails. */
final class RetrievalProtocol implements Protocol {

  private static final String IMAGES = "_nchw";

  @Override
  public void compute(EvaluationFile file, Results results) {
    int[][] given = transposed(file.wholes("ranks"), file.whole("queries"));
    scores(file, "given.", given, results);
    ofFeatures(file, results);
    multiscale(file, results);
    for (String name : file.results()) {
      if (name.startsWith("thumbnail.")) {
        thumbnail(file, name, results);
      }
    }
  }

  private static void ofFeatures(EvaluationFile file, Results results) {
    float[][] database = file.rows("database_features");
    float[][] queries = file.rows("query_features");
    Neighbours found;
    try (NeighbourSearch search = new NeighbourSearch(database)) {
      found = search.nearest(queries, database.length);
    }
    int[][] ranks = found.indices();
    results.put(
        "features.similarity", transposed(EvaluationTensors.byPlace(found))); // [database, query]
    results.put("features.ranks", flat(transposed(flat(ranks), database.length)));
    scores(file, "features.", ranks, results);
  }

  private static void scores(EvaluationFile file, String start, int[][] ranks, Results results) {
    ImmutableList<Integer> kappas =
        Streams.stream(file.config().path("kappas").elements())
            .map(k -> k.asInt())
            .collect(toImmutableList());
    for (Difficulty difficulty : Difficulty.values()) {
      RankingScores.Builder builder = new RankingScores.Builder(ranks.length, kappas);
      for (int query = 0; query < ranks.length; query++) {
        Annotation annotation =
            new Annotation(
                indices(file, "easy", query),
                indices(file, "hard", query),
                indices(file, "junk", query));
        builder.score(query, ranks[query], difficulty.of(annotation));
      }
      RankingScores scores = builder.build();
      String name = start + difficulty.key();
      results.put(name + ".map", scores.meanAveragePrecision());
      results.put(name + ".average_precision", scores.averagePrecision());
      results.put(name + ".mean_precision_at", scores.meanPrecisionAt());
      results.put(name + ".precision_at", scores.precisionAt());
    }
  }

  /** A query's row, which −1 fills up. */
  private static ImmutableIntArray indices(EvaluationFile file, String name, int query) {
    int width = (int) file.tensor(name).shape().get(1);
    return ImmutableIntArray.copyOf(
        Arrays.stream(file.wholes(name), query * width, (query + 1) * width).filter(i -> i >= 0));
  }

  private static void multiscale(EvaluationFile file, Results results) {
    ImmutableList<Double> scales =
        Streams.stream(file.config().path("scales").elements())
            .map(scale -> scale.asDouble())
            .collect(toImmutableList());
    try (SmallVit vit = new SmallVit(file)) {
      for (String input : file.inputsBelow("multiscale.").keySet()) {
        String name = "multiscale." + input.substring(0, input.length() - IMAGES.length());
        Weight images = file.tensor("multiscale." + input);
        results.put(name + ".features", features(vit, images, scales));
        for (int i = 0; i < scales.size(); i++) {
          if (file.has("%s.scale%d%s".formatted(name, i, IMAGES))) {
            oneScale(vit, images, "%s.scale%d".formatted(name, i), scales.get(i), results);
          }
        }
      }
    }
  }

  private static float[][] features(SmallVit vit, Weight images, ImmutableList<Double> scales) {
    Shape shape = images.shape(); // [N, 3, H, W]
    return new RetrievalFeatures(scales)
        .of(
            SmallVit.nhwc(images),
            (int) shape.get(0),
            (int) shape.get(2),
            (int) shape.get(3),
            vit::features);
  }

  private static void oneScale(
      SmallVit vit, Weight images, String name, double scale, Results results) {
    Shape shape = images.shape();
    try (TFloat32 scaled =
            RetrievalFeatures.scaled(
                SmallVit.nhwc(images),
                (int) shape.get(0),
                (int) shape.get(2),
                (int) shape.get(3),
                scale);
        TFloat32 features = vit.features(scaled)) {
      Weight nhwc = Weight.of(scaled.shape(), floats(scaled));
      results.put(name + IMAGES, nhwc.permuted(0, 3, 1, 2).floats());
      results.put(name + "_features", floats(features));
    }
  }

  private static float[] floats(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  /** {@code thumbnail.SIZE_hwc}. */
  private static void thumbnail(EvaluationFile file, String name, Results results) {
    Weight source = file.tensor("thumbnail.source_hwc");
    byte[] values = new byte[source.size()];
    source.data().get(values);
    RgbPicture picture =
        new RgbPicture((int) source.shape().get(0), (int) source.shape().get(1), values);
    int size = Integer.parseInt(name.replaceAll("\\D", ""));
    byte[] thumbnail = Thumbnail.of(picture, size).values();
    double[] numbers = new double[thumbnail.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Byte.toUnsignedInt(thumbnail[i]);
    }
    results.put(name, numbers);
  }

  /** [N, width] → [width, N]. */
  private static int[][] transposed(int[] values, int width) {
    int rows = values.length / width;
    int[][] transposed = new int[width][rows];
    for (int i = 0; i < values.length; i++) {
      transposed[i % width][i / width] = values[i];
    }
    return transposed;
  }

  private static float[][] transposed(float[][] rows) {
    float[][] transposed = new float[rows[0].length][rows.length];
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < transposed.length; i++) {
        transposed[i][row] = rows[row][i];
      }
    }
    return transposed;
  }

  private static int[] flat(int[][] rows) {
    return Arrays.stream(rows).flatMapToInt(Arrays::stream).toArray();
  }
}
