package org.dinojvm.eval.health;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.positive;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureSpace;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.settings.Setting;

/**
 * Whether features use the room that they have, which needs no labels: RankMe, uniformity,
 * alignment of two crops of a picture, standard deviation. Dimensional collapse shows here before
 * accuracies fall.
 */
public record FeatureHealth(
    @Setting(
            value = "2048",
            unit = "pictures",
            doc = "How many are looked at, spread evenly over the folder.",
            source = "dino-jvm")
        int sample,
    @Setting(
            value = "256",
            unit = "pictures",
            doc = "Of how many of them two crops are compared.",
            source = "dino-jvm")
        int pairs,
    @Setting(
            value = "2",
            doc = "t of uniformity, how much close pairs count.",
            source = "Wang and Isola 2020")
        double t)
    implements Evaluation {

  private static final double RANK_EPSILON = 1e-7; // Garrido et al. 2023

  /** {@code dino evaluate health}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "health";
    }

    @Override
    public String description() {
      return "Whether features have collapsed: RankMe, uniformity, alignment, standard deviation";
    }

    @Override
    public Class<FeatureHealth> evaluation() {
      return FeatureHealth.class;
    }
  }

  /** Checks the values. */
  public FeatureHealth {
    atLeast("sample", sample, 2);
    atLeast("pairs", pairs, 1);
    positive("t", t);
  }

  /** Some pictures, evenly over all and so over the classes. */
  private static List<Picture> spread(List<Picture> pictures, int most) {
    int count = Math.min(most, pictures.size());
    return IntStream.range(0, count)
        .mapToObj(i -> pictures.get((int) ((long) pictures.size() * i / count)))
        .toList();
  }

  /**
   * Those that vote in k-NN where there are such, whose features then are computed once for both.
   */
  private List<Picture> pictures(EvaluationData data) {
    Optional<LabelledPictures> labelled = data.labelled().map(LabelledSplit::train);
    if (labelled.isPresent() && labelled.get().pictures().size() <= sample) {
      return labelled.get().pictures();
    }
    return data.requirePictures().spread(sample);
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    List<Picture> pictures = pictures(in.data());
    FeatureSpace space = in.space(pictures);
    float[][] rows = space.index();
    double[][] unit = FeatureStatistics.normalized(rows);
    double rank =
        FeatureStatistics.rankMe(
            FeatureStatistics.singularValues(rows, new double[rows[0].length]), RANK_EPSILON);
    CropPairs crops = CropPairs.of(in, spread(pictures, pairs), space);
    double deviation = FeatureStatistics.standardDeviation(unit);
    double uniformity = FeatureStatistics.uniformity(unit, t);
    double alignment = FeatureStatistics.alignment(crops.first(), crops.second(), 2);
    int width = rows[0].length;
    Findings findings =
        Findings.ofNumbers(
            ImmutableMap.of(
                "rankme", rank,
                "uniformity", uniformity,
                "alignment", alignment,
                "standard_deviation", deviation,
                "standard_deviation_of_even", 1 / Math.sqrt(width)));
    String line =
        String.format(
            Locale.ROOT,
            "features: RankMe %.1f of %d, uniformity %.3f, alignment %.3f, deviation %.4f of %.4f",
            rank,
            Math.min(width, rows.length),
            uniformity,
            alignment,
            deviation,
            1 / Math.sqrt(width));
    return findings.inWords(line, "");
  }
}
