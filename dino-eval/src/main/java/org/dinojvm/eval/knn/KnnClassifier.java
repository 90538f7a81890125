package org.dinojvm.eval.knn;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureRows;
import org.dinojvm.eval.knn.NeighbourSearch.Neighbours;

/**
 * Weighted k-nearest-neighbour classification, the evaluation that needs no training.
 *
 * <p>As published with DINO (Caron et al. 2021, appendix F.1, after Wu et al. 2018): each of the k
 * most similar training pictures votes for its class with weight exp(cosine / temperature). Classes
 * with equal votes rank by number; so do the classes that got none.
 */
public final class KnnClassifier {

  private KnnClassifier() {}

  /**
   * Accuracy at one k.
   *
   * @param k neighbours asked for
   * @param neighbours neighbours that voted: fewer than k where the training set is smaller
   * @param top1 percentage of pictures whose class has the most votes
   * @param top5 percentage of pictures whose class is among the min(5, k) with the most votes
   */
  public record Score(int k, int neighbours, double top1, double top5) {

    /** Whether the training set was too small for k. */
    public boolean isClipped() {
      return neighbours < k;
    }
  }

  /**
   * Classifies validation features by training features.
   *
   * @param trainFeatures [N, D], any length
   * @param trainLabels [N], 0 … numClasses − 1
   * @param valFeatures [Q, D], any length
   * @param valLabels [Q], 0 … numClasses − 1
   * @return one score for each k, in the order asked
   */
  public static ImmutableList<Score> evaluate(
      float[][] trainFeatures,
      int[] trainLabels,
      float[][] valFeatures,
      int[] valLabels,
      int numClasses,
      List<Integer> ks,
      double temperature) {
    return ranks(
            FeatureRows.of(trainFeatures),
            trainLabels,
            FeatureRows.of(valFeatures),
            valLabels,
            numClasses,
            ks,
            temperature,
            Progress.NONE)
        .stream()
        .map(Ranks::score)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * How validation pictures are classified by training features, wherever these are.
   *
   * @param train [N, D], any length
   * @param trainLabels [N], 0 … numClasses − 1
   * @param val [Q, D], any length
   * @param valLabels [Q], 0 … numClasses − 1
   * @param progress hears of each block of the training features; may cancel
   * @return one for each k, in the order asked
   */
  public static ImmutableList<Ranks> ranks(
      FeatureRows train,
      int[] trainLabels,
      FeatureRows val,
      int[] valLabels,
      int numClasses,
      List<Integer> ks,
      double temperature,
      Progress progress) {
    checkLabels(train.rows(), trainLabels, numClasses, "training");
    checkLabels(val.rows(), valLabels, numClasses, "validation");
    checkKs(ks);
    try (NeighbourSearch search = new NeighbourSearch(train, progress)) {
      int most = Math.min(largest(ks), search.size());
      Neighbours neighbours = search.nearest(val, most);
      return ranks(new Voting(trainLabels, numClasses, temperature), neighbours, valLabels, ks);
    }
  }

  /**
   * Classifies each picture by all others, for a labelled set without a validation part.
   *
   * @param features [N, D], any length, at least two rows
   * @param labels [N], 0 … numClasses − 1
   * @return one score for each k, in the order asked
   */
  public static ImmutableList<Score> leaveOneOut(
      float[][] features, int[] labels, int numClasses, List<Integer> ks, double temperature) {
    return leaveOneOutRanks(
            FeatureRows.of(features), labels, numClasses, ks, temperature, Progress.NONE)
        .stream()
        .map(Ranks::score)
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * How each picture is classified by all others, whose features are anywhere.
   *
   * @param features [N, D], any length, at least two rows
   * @param labels [N], 0 … numClasses − 1
   * @param progress hears of each block of the features; may cancel
   * @return one for each k, in the order asked
   */
  public static ImmutableList<Ranks> leaveOneOutRanks(
      FeatureRows features,
      int[] labels,
      int numClasses,
      List<Integer> ks,
      double temperature,
      Progress progress) {
    checkArgument(features.rows() >= 2, "leave-one-out needs at least 2 pictures");
    checkLabels(features.rows(), labels, numClasses, "training");
    checkKs(ks);
    try (NeighbourSearch search = new NeighbourSearch(features, progress)) {
      int others = Math.min(largest(ks), search.size() - 1);
      Neighbours neighbours = withoutSelf(search.nearest(features, others + 1));
      return ranks(new Voting(labels, numClasses, temperature), neighbours, labels, ks);
    }
  }

  private static ImmutableList<Ranks> ranks(
      Voting voting, Neighbours neighbours, int[] targets, List<Integer> ks) {
    ImmutableList.Builder<Ranks> all = ImmutableList.builder();
    for (int k : ks) {
      int[] ranks = new int[targets.length];
      for (int query = 0; query < targets.length; query++) {
        ranks[query] =
            voting.rank(
                targets[query], neighbours.indices()[query], neighbours.similarities()[query], k);
      }
      all.add(new Ranks(k, Math.min(k, neighbours.indices()[0].length), ranks, targets));
    }
    return all.build();
  }

  /**
   * How pictures were classified at one k.
   *
   * @param k neighbours asked for
   * @param neighbours neighbours that voted
   * @param ranks [Q], how many classes have more votes than the true one
   * @param targets [Q], the true class
   */
  public record Ranks(int k, int neighbours, int[] ranks, int[] targets) {

    /** The accuracy over all pictures. */
    public Score score() {
      return new Score(k, neighbours, percentBelow(1), percentBelow(Math.min(5, k)));
    }

    private double percentBelow(int limit) {
      return 100.0 * Arrays.stream(ranks).filter(rank -> rank < limit).count() / ranks.length;
    }

    /** The mean of the classes' top-1 accuracies, in percent: each counts the same. */
    public double balanced() {
      int classes = 1 + Arrays.stream(targets).max().orElse(0);
      int[] hits = new int[classes];
      int[] all = new int[classes];
      for (int query = 0; query < ranks.length; query++) {
        all[targets[query]]++;
        hits[targets[query]] += ranks[query] < 1 ? 1 : 0;
      }
      return IntStream.range(0, classes)
          .filter(label -> all[label] > 0)
          .mapToDouble(label -> 100.0 * hits[label] / all[label])
          .average()
          .orElse(0);
    }
  }

  /** Counts the votes of neighbours for classes. */
  private static final class Voting {
    private final int[] labels;
    private final double temperature;
    private final double[] votes;

    Voting(int[] labels, int numClasses, double temperature) {
      checkArgument(
          temperature > 0 && Double.isFinite(temperature),
          "temperature %s must be a positive number; 0.07 is the published one",
          temperature);
      this.labels = labels;
      this.temperature = temperature;
      this.votes = new double[numClasses];
    }

    /**
     * How many classes stand before the target when the first k neighbours have voted. All weights
     * are divided by the first, the largest, so that no temperature over- or underflows them.
     */
    int rank(int target, int[] neighbours, float[] similarities, int k) {
      Arrays.fill(votes, 0);
      for (int i = 0; i < Math.min(k, neighbours.length); i++) {
        votes[labels[neighbours[i]]] += Math.exp((similarities[i] - similarities[0]) / temperature);
      }
      int rank = 0;
      for (int other = 0; other < votes.length; other++) {
        if (votes[other] > votes[target] || (votes[other] == votes[target] && other < target)) {
          rank++;
        }
      }
      return rank;
    }
  }

  /** Drops from row i the neighbour i, or the last where copies of picture i pushed it out. */
  private static Neighbours withoutSelf(Neighbours found) {
    int[][] indices = found.indices();
    float[][] similarities = found.similarities();
    for (int row = 0; row < indices.length; row++) {
      int keep = indices[row].length - 1;
      int self = Math.min(indexOf(indices[row], row), keep);
      indices[row] = without(indices[row], self);
      similarities[row] = without(similarities[row], self);
    }
    return found;
  }

  /** Position of a value, or the length where it is absent. */
  private static int indexOf(int[] values, int value) {
    int position = 0;
    while (position < values.length && values[position] != value) {
      position++;
    }
    return position;
  }

  private static int[] without(int[] values, int position) {
    int[] kept = Arrays.copyOf(values, values.length - 1);
    System.arraycopy(values, position + 1, kept, position, kept.length - position);
    return kept;
  }

  private static float[] without(float[] values, int position) {
    float[] kept = Arrays.copyOf(values, values.length - 1);
    System.arraycopy(values, position + 1, kept, position, kept.length - position);
    return kept;
  }

  private static int largest(List<Integer> ks) {
    return ks.stream().mapToInt(Integer::intValue).max().orElseThrow();
  }

  private static void checkKs(List<Integer> ks) {
    checkArgument(!ks.isEmpty(), "no k to evaluate: name at least one, such as 20");
    for (int k : ks) {
      checkArgument(k >= 1, "k = %s must be at least 1", k);
    }
  }

  private static void checkLabels(int rows, int[] labels, int numClasses, String role) {
    checkArgument(rows > 0, "no %s pictures: at least one is needed", role);
    checkArgument(rows == labels.length, "%s %s features but %s labels", rows, role, labels.length);
    for (int label : labels) {
      checkArgument(
          label >= 0 && label < numClasses,
          "%s label %s is outside 0 … %s",
          role,
          label,
          numClasses - 1);
    }
  }
}
