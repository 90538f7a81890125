package org.dinojvm.eval.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Agreement of clusters with classes against the definitions, over all orders of the rows. */
class AgreementTest {

  private static final int CLASSES = 3;
  private static final int CLUSTERS = 4;
  private static final int[] LABELS = {0, 0, 0, 1, 1, 2, 2};
  private static final int[] ASSIGNMENTS = {0, 0, 1, 1, 1, 2, 3};

  private static Agreement of(int[] assignments) {
    return Agreement.of(LABELS, CLASSES, assignments, CLUSTERS);
  }

  @Test
  void chanceIsTheMeanOverAllOrders() {
    List<int[]> orders = new ArrayList<>();
    permute(ASSIGNMENTS.clone(), 0, orders);
    Agreement actual = of(ASSIGNMENTS);

    double meanInformation = mean(orders, Agreement::mutualInformation);
    double entropies = (entropy(LABELS) + entropy(ASSIGNMENTS)) / 2;
    assertEquals(
        (actual.mutualInformation() - meanInformation) / (entropies - meanInformation),
        actual.ami(),
        1e-12);
    assertEquals(0, mean(orders, Agreement::ami), 1e-12);
    assertEquals(0, mean(orders, Agreement::ari), 1e-12);
    assertTrue(actual.ami() > 0.1 && actual.ari() > 0.1, "clusters better than chance");
  }

  @Test
  void informationIsTheEntropiesLessTheJointOne() {
    int[] both = new int[LABELS.length];
    Arrays.setAll(both, row -> LABELS[row] * CLUSTERS + ASSIGNMENTS[row]);
    double information = entropy(LABELS) + entropy(ASSIGNMENTS) - entropy(both);
    Agreement agreement = of(ASSIGNMENTS);

    assertEquals(information, agreement.mutualInformation(), 1e-12);
    assertEquals(information / entropy(LABELS), agreement.homogeneity(), 1e-12);
    assertEquals(information / entropy(ASSIGNMENTS), agreement.completeness(), 1e-12);
    assertEquals(
        2 * information / (entropy(LABELS) + entropy(ASSIGNMENTS)), agreement.nmi(), 1e-12);
  }

  /** Pairs that both partitions put together: the index is 1 where all are. */
  @Test
  void randCountsPairs() {
    double together = 0;
    double inClasses = 0;
    double inClusters = 0;
    double pairs = 0;
    for (int a = 0; a < LABELS.length; a++) {
      for (int b = 0; b < a; b++) {
        boolean oneClass = LABELS[a] == LABELS[b];
        boolean oneCluster = ASSIGNMENTS[a] == ASSIGNMENTS[b];
        together += oneClass && oneCluster ? 1 : 0;
        inClasses += oneClass ? 1 : 0;
        inClusters += oneCluster ? 1 : 0;
        pairs++;
      }
    }
    double chance = inClasses * inClusters / pairs;
    assertEquals(
        (together - chance) / ((inClasses + inClusters) / 2 - chance),
        of(ASSIGNMENTS).ari(),
        1e-12);
  }

  @Test
  void accuracyIsTheBestMatchOneToOneAndPurityManyToOne() {
    List<int[]> matches = new ArrayList<>();
    permute(new int[] {0, 1, 2, 3}, 0, matches);
    double best =
        matches.stream().mapToDouble(AgreementTest::share).max().orElseThrow(); // surplus: class 3
    assertEquals(100 * best, of(ASSIGNMENTS).accuracy(), 1e-12);
    assertEquals(100 * 6 / 7.0, of(ASSIGNMENTS).purity(), 1e-12); // all but one row of cluster 1
  }

  private static double share(int[] classOfCluster) {
    double hits = 0;
    for (int row = 0; row < LABELS.length; row++) {
      hits += classOfCluster[ASSIGNMENTS[row]] == LABELS[row] ? 1 : 0;
    }
    return hits / LABELS.length;
  }

  @Test
  void theSamePartitionUnderOtherNamesIsPerfect() {
    Agreement same =
        Agreement.of(LABELS, CLASSES, Arrays.stream(LABELS).map(l -> 2 - l).toArray(), CLASSES);
    for (double score : new double[] {same.nmi(), same.ami(), same.ari(), same.homogeneity()}) {
      assertEquals(1, score, 1e-12);
    }
    assertEquals(100, same.accuracy());
  }

  private static double mean(List<int[]> orders, ToDoubleFunction<Agreement> score) {
    return orders.stream().mapToDouble(order -> score.applyAsDouble(of(order))).average().orElse(0);
  }

  private static double entropy(int[] values) {
    double sum = 0;
    for (int value : Arrays.stream(values).distinct().toArray()) {
      double share = Arrays.stream(values).filter(v -> v == value).count() / (double) values.length;
      sum -= share * Math.log(share);
    }
    return sum;
  }

  private static void permute(int[] values, int from, List<int[]> all) {
    if (from == values.length) {
      all.add(values.clone());
    }
    for (int i = from; i < values.length; i++) {
      swap(values, from, i);
      permute(values, from + 1, all);
      swap(values, from, i);
    }
  }

  private static void swap(int[] values, int a, int b) {
    int value = values[a];
    values[a] = values[b];
    values[b] = value;
  }
}
