package org.dinojvm.eval.knn;

import static org.dinojvm.settings.Rules.positive;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import java.util.Formatter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.knn.KnnClassifier.Ranks;
import org.dinojvm.eval.knn.KnnClassifier.Score;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;

/**
 * Weighted k-nearest-neighbour accuracy, the evaluation that needs no training (Caron et al. 2021,
 * arXiv:2104.14294, appendix F.1; published {@code eval_knn.py}).
 */
public record Knn(
    @Setting(value = "10,20,100,200", doc = "Numbers of neighbours.", source = "eval_knn.py")
        ImmutableIntArray k,
    @Setting(
            value = "0.07",
            doc = "T: a neighbour's vote is exp(cosine / T).",
            source = "eval_knn.py")
        double temperature,
    @Setting(
            value = "false",
            doc = "Classifies each of --train by the others, also where there is --val.",
            source = "dino-jvm")
        boolean leaveOneOut,
    @Setting(
            value = "false",
            doc = "Also the mean of the classes' accuracies, so that each counts the same.",
            source = "dino-jvm")
        boolean balanced,
    @Setting(
            value = "",
            doc =
                "Also with few voters, drawn by class: shares and numbers per class, as 1%,2%,5%,10.",
            source = "dino-jvm")
        String shots,
    @Setting(value = "0", doc = "Seed of that draw.", source = "dino-jvm") long seed)
    implements Evaluation {

  /** {@code dino evaluate knn}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "knn";
    }

    @Override
    public String description() {
      return "Accuracy of weighted k-NN classification on labelled pictures";
    }

    @Override
    public Class<Knn> evaluation() {
      return Knn.class;
    }
  }

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public Knn {
    require(!k.isEmpty(), "k", k, "name at least one number of neighbours, such as 20");
    require(k.stream().allMatch(each -> each >= 1), "k", k, "each must be at least 1");
    positive("temperature", temperature);
    Shots.parse(shots);
  }

  /** The published evaluation, nothing else. */
  public Knn(ImmutableIntArray k, double temperature) {
    this(k, temperature, false, false, "", 0);
  }

  /** The published numbers of neighbours and temperature. */
  public static Knn published() {
    return (Knn) new Entry().create();
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return data.labelled().isPresent();
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    LabelledSplit split = in.data().requireLabelled();
    Vote vote = Vote.of(this, split, in);
    ImmutableList<Ranks> ranks = vote.ranks();
    ImmutableMap.Builder<String, Double> numbers = ImmutableMap.builder();
    for (Ranks each : ranks) {
      numbers.put("top1_k" + each.k(), each.score().top1());
      numbers.put("top5_k" + each.k(), each.score().top5());
      if (balanced) {
        numbers.put("balanced_k" + each.k(), each.balanced());
      }
    }
    for (Shots few : Shots.parse(shots)) {
      for (Ranks each : vote.ranks(few, seed)) {
        numbers.put("top1_%s_k%d".formatted(few.name(), each.k()), each.score().top1());
      }
    }
    ImmutableList<Score> scores =
        ranks.stream().map(Ranks::score).collect(ImmutableList.toImmutableList());
    Findings findings = Findings.ofNumbers(numbers.buildKeepingLast());
    boolean plain = !balanced && shots.isEmpty();
    return findings.inWords(
        line(scores), plain ? table(split, ImmutableMap.of("model", scores)) : findings.lines());
  }

  /** The accuracy for each number of neighbours. */
  public ImmutableList<Score> scores(LabelledSplit split, EvaluationInputs in) {
    return Vote.of(this, split, in).ranks().stream()
        .map(Ranks::score)
        .collect(ImmutableList.toImmutableList());
  }

  private static String line(ImmutableList<Score> scores) {
    return scores.stream()
        .map(score -> "%.1f %% (k = %d)".formatted(score.top1(), score.k()))
        .collect(Collectors.joining(", ", "k-NN top-1 ", ""));
  }

  /** One row for each features, by their name, and each number of neighbours. */
  public String table(LabelledSplit split, Map<String, ImmutableList<Score>> scores) {
    Formatter table = new Formatter(Locale.ROOT);
    table.format("weighted k-NN, T %s: %s%n%n", temperature, split.description());
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
