package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dinojvm.eval.knn.KnnClassifier;
import org.dinojvm.eval.knn.KnnClassifier.Score;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;

/** The weighted vote of nearest neighbours: equal percentages for every k. */
public final class KnnCheck implements Check {

  private static final String SCORES = "top1_top5_percent_by_k";

  /** Percentages are quotients of small whole numbers, printed in decimal. */
  private static final double TOLERANCE = 1e-9;

  private static final double UNIT_LENGTH_TOLERANCE = 1e-5;

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    Map<Integer, double[]> expected = scores(file.text(SCORES));
    float[][] train = features(file, "train_features", comparisons);
    float[][] test = features(file, "test_features", comparisons);
    int[] trainLabels = labels(file, "train_labels");
    int[] testLabels = labels(file, "test_labels");
    int classes =
        1 + Stream.of(trainLabels, testLabels).flatMapToInt(Arrays::stream).max().orElse(0);
    ImmutableList<Score> actual =
        KnnClassifier.evaluate(
            train,
            trainLabels,
            test,
            testLabels,
            classes,
            ImmutableList.copyOf(expected.keySet()),
            file.number("temperature"));
    for (Score score : actual) {
      double[] percent = expected.get(score.k());
      String k = "k = " + score.k();
      comparisons.add("top-1 %", k, Math.abs(score.top1() - percent[0]), TOLERANCE);
      comparisons.add("top-5 %", k, Math.abs(score.top5() - percent[1]), TOLERANCE);
    }
    file.requireAllUsed();
  }

  private static Map<Integer, double[]> scores(String json) {
    try {
      Map<Integer, double[]> scores =
          new TreeMap<>(
              new ObjectMapper().readValue(json, new TypeReference<Map<Integer, double[]>>() {}));
      checkArgument(
          !scores.isEmpty() && scores.values().stream().allMatch(pair -> pair.length == 2),
          "'%s' must give [top-1, top-5] by k, found %s",
          SCORES,
          json);
      return scores;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "'%s' is not JSON: %s".formatted(SCORES, e.getOriginalMessage()), e);
    }
  }

  /** Rows of a matrix; they were normalized, so a changed number shows in their length. */
  private static float[][] features(ReferenceFile file, String name, Comparisons comparisons) {
    Weight matrix = file.tensor(name);
    checkArgument(matrix.shape().numDimensions() == 2, "'%s' is %s, not a matrix", name, matrix);
    float[][] rows = new float[(int) matrix.shape().get(0)][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = matrix.rows(row, row + 1).floats();
      double error = Math.abs(length(rows[row]) - 1);
      comparisons.add("features of length 1", name + " " + row, error, UNIT_LENGTH_TOLERANCE);
    }
    return rows;
  }

  private static double length(float[] row) {
    double squares = 0;
    for (float value : row) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  private static int[] labels(ReferenceFile file, String name) {
    List<Integer> labels =
        Arrays.stream(file.tensor(name).longs()).mapToObj(Math::toIntExact).toList();
    return labels.stream().mapToInt(Integer::intValue).toArray();
  }
}
