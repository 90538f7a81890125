package org.dinojvm.eval.knn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Random;
import org.dinojvm.eval.knn.KnnClassifier.Score;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnnClassifierTest {

  private static final ImmutableList<Integer> KS = ImmutableList.of(1, 3, 10, 50);

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 7, 30})
  void agreesWithThePlainVote(int numClasses) {
    Random random = new Random(numClasses);
    float[][] train = gaussian(random, 150, 12);
    float[][] val = gaussian(random, 70, 12);
    int[] trainLabels = random.ints(150, 0, numClasses).toArray();
    int[] valLabels = random.ints(70, 0, numClasses).toArray();

    List<Score> scores =
        KnnClassifier.evaluate(train, trainLabels, val, valLabels, numClasses, KS, 0.07);

    assertEquals(
        KS.stream()
            .map(k -> PlainKnn.score(train, trainLabels, val, valLabels, numClasses, k, 0.07))
            .toList(),
        scores);
  }

  @Test
  void ranksEqualVotesByClassAndEqualNeighboursByRow() {
    float[][] axes = {{0, 3}, {2, 0}, {0, 1}, {5, 0}, {0, 7}, {1, 0}};
    int[] labels = {2, 1, 0, 3, 1, 0};
    float[][] queries = {{4, 0}, {0, 4}, {9, 0}, {0, 9}};
    int[] targets = {1, 0, 0, 2};

    List<Score> scores =
        KnnClassifier.evaluate(axes, labels, queries, targets, 4, List.of(1, 2, 3, 6), 1.0);

    assertEquals(
        List.of(1, 2, 3, 6).stream()
            .map(k -> PlainKnn.score(axes, labels, queries, targets, 4, k, 1.0))
            .toList(),
        scores);
    assertEquals(new Score(1, 1, 50, 50), scores.get(0));
  }

  @Test
  void clipsKToTheTrainingSet() {
    float[][] train = {{1, 0}, {0, 1}, {1, 1}};
    Score score =
        KnnClassifier.evaluate(
                train, new int[] {0, 1, 1}, train, new int[] {0, 1, 1}, 2, List.of(200), 0.07)
            .get(0);
    assertEquals(200, score.k());
    assertEquals(3, score.neighbours());
    assertTrue(score.isClipped());
  }

  @Test
  void aSmallTemperatureLeavesTheNearestToDecide() {
    float[][] train = {{1, 0.5f}, {1, 0.7f}, {1, 0.8f}};
    List<Score> scores =
        KnnClassifier.evaluate(
            train, new int[] {0, 1, 1}, new float[][] {{1, 0}}, new int[] {0}, 2, List.of(3), 1e-5);
    assertEquals(100, scores.get(0).top1());
  }

  @Test
  void leaveOneOutNeverAsksThePictureItself() {
    float[][] features = {{1, 0}, {1, 0}, {0, 1}, {0, 1}, {1, 0}};
    int[] labels = {0, 0, 1, 2, 0};

    Score score = KnnClassifier.leaveOneOut(features, labels, 3, List.of(1), 0.07).get(0);

    assertEquals(60, score.top1(), "the two pictures at (0, 1) are each other's neighbour");
  }

  @Test
  void finishesManyQueriesInChunks() {
    Random random = new Random(5);
    float[][] train = gaussian(random, 40, 6);
    float[][] queries = gaussian(random, 2500, 6);
    try (NeighbourSearch search = new NeighbourSearch(train)) {
      NeighbourSearch.Neighbours all = search.nearest(queries, 4);
      NeighbourSearch.Neighbours one = search.nearest(new float[][] {queries[2345]}, 4);
      assertEquals(2500, all.indices().length);
      assertArrayEquals(one.indices()[0], all.indices()[2345]);
      assertArrayEquals(one.similarities()[0], all.similarities()[2345], 1e-6f);
    }
  }

  @Test
  void namesTheMistake() {
    float[][] rows = {{1, 0}, {0, 1}};
    int[] labels = {0, 1};
    assertMessage(
        "k = 0 must be at least 1",
        () -> KnnClassifier.evaluate(rows, labels, rows, labels, 2, List.of(0), 0.07));
    assertMessage(
        "temperature 0.0 must be a positive number; 0.07 is the published one",
        () -> KnnClassifier.evaluate(rows, labels, rows, labels, 2, KS, 0));
    assertMessage(
        "training label 1 is outside 0 … 0",
        () -> KnnClassifier.evaluate(rows, labels, rows, labels, 1, KS, 0.07));
    assertMessage(
        "indexed row 1 holds NaN or infinity: the model that made it has diverged",
        () ->
            KnnClassifier.evaluate(
                new float[][] {{1, 0}, {0, Float.NaN}}, labels, rows, labels, 2, KS, 0.07));
  }

  private static void assertMessage(String expected, Executable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action).getMessage());
  }

  private static float[][] gaussian(Random random, int rows, int width) {
    float[][] values = new float[rows][width];
    for (float[] row : values) {
      for (int i = 0; i < width; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return values;
  }
}
