package org.dinojvm.cli;

import com.google.common.collect.ImmutableList;
import java.util.Formatter;
import java.util.Locale;
import java.util.Map;
import org.dinojvm.eval.Knn.Score;
import org.dinojvm.eval.KnnTask;

/** Accuracies of several features as a table. */
final class KnnTable {

  private KnnTable() {}

  /** One row for each features and each number of neighbours. */
  static String of(KnnTask task, double temperature, Map<String, ImmutableList<Score>> scores) {
    Formatter table = new Formatter(Locale.ROOT);
    table.format("weighted k-NN, T %s: %s%n%n", temperature, task.description());
    table.format("%-20s %5s %8s %8s%n", "features", "k", "top-1 %", "top-5 %");
    scores.forEach(
        (features, rows) -> {
          for (Score row : rows) {
            table.format(
                "%-20s %5d %8.1f %8.1f%s%n",
                features, row.k(), row.top1(), row.top5(), clipped(row));
          }
        });
    return table.toString();
  }

  private static String clipped(Score score) {
    return score.isClipped() ? "   (there are only %d to vote)".formatted(score.neighbours()) : "";
  }
}
