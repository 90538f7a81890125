package org.dinojvm.eval.retrieval;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureSpace;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.knn.NeighbourSearch;

/**
 * How well each picture of a folder with classes finds the others of its class: validation pictures
 * among the training ones, or each training picture among the others.
 *
 * @param kappas k of the recalls: the share of pictures with one of their class among the first k
 */
record ClassRetrieval(List<Integer> kappas) {

  /** Places in rankings that are held at once. */
  private static final int PLACES = 1 << 22;

  Findings evaluate(EvaluationInputs in) {
    LabelledSplit split = in.data().requireLabelled();
    LabelledPictures index = split.train();
    LabelledPictures queries = split.val().orElse(index);
    FeatureSpace space = in.space(index.pictures());
    float[][] asked = split.val().isEmpty() ? space.index() : space.of(queries.pictures());
    RankingScores.Builder scores = new RankingScores.Builder(asked.length, List.of());
    int[] recalled = new int[kappas.size()];
    int total = index.pictures().size();
    int chunk = Math.max(1, PLACES / total);
    ImmutableIntArray[] members = members(index);
    try (NeighbourSearch search = new NeighbourSearch(space.index())) {
      for (int from = 0; from < asked.length; from += chunk) {
        int to = Math.min(from + chunk, asked.length);
        int[][] found = search.nearest(Arrays.copyOfRange(asked, from, to), total).indices();
        for (int query = from; query < to; query++) {
          int self = split.val().isEmpty() ? query : -1;
          int label = queries.labels().get(query);
          scores.score(query, found[query - from], truth(members[label], self));
          count(found[query - from], index, label, self, recalled);
        }
        in.progress().report(to, asked.length);
      }
    }
    return findings(split, scores.build().meanAveragePrecision(), recalled, asked.length);
  }

  /** The pictures of each class. */
  private static ImmutableIntArray[] members(LabelledPictures index) {
    return IntStream.range(0, index.classes().size())
        .mapToObj(
            label ->
                ImmutableIntArray.copyOf(
                    IntStream.range(0, index.pictures().size())
                        .filter(picture -> index.labels().get(picture) == label)))
        .toArray(ImmutableIntArray[]::new);
  }

  /** A picture that asks for its like is no answer itself. */
  private static Difficulty.Truth truth(ImmutableIntArray members, int self) {
    return self < 0
        ? new Difficulty.Truth(members, ImmutableIntArray.of())
        : new Difficulty.Truth(
            ImmutableIntArray.copyOf(members.stream().filter(picture -> picture != self)),
            ImmutableIntArray.of(self));
  }

  private void count(int[] ranking, LabelledPictures index, int label, int self, int[] recalled) {
    int rank = 0;
    for (int picture : ranking) {
      if (picture == self) {
        continue;
      }
      if (index.labels().get(picture) == label) {
        for (int k = 0; k < recalled.length; k++) {
          recalled[k] += rank < kappas.get(k) ? 1 : 0;
        }
        return;
      }
      rank++;
    }
  }

  private Findings findings(LabelledSplit split, double map, int[] recalled, int queries) {
    ImmutableMap.Builder<String, Double> numbers = ImmutableMap.builder();
    Formatter table = new Formatter(Locale.ROOT);
    table.format("retrieval by class: %s%n%n", split.description());
    numbers.put("map", map);
    table.format("%-12s %7.1f %%%n", "mAP", 100 * map);
    for (int k = 0; k < recalled.length; k++) {
      double recall = (double) recalled[k] / queries;
      numbers.put("recall_" + kappas.get(k), recall);
      table.format("%-12s %7.1f %%%n", "recall@" + kappas.get(k), 100 * recall);
    }
    String line =
        String.format(
            Locale.ROOT,
            "retrieval mAP %.1f %%, recall@%d %.1f %%",
            100 * map,
            kappas.get(0),
            100.0 * recalled[0] / queries);
    return Findings.ofNumbers(numbers.buildOrThrow()).inWords(line, table.toString());
  }
}
