package org.dinojvm.eval.linear;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.positive;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.FeatureSpace;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.LabelledSplit;
import org.dinojvm.eval.linear.LogisticRegression.Fit;
import org.dinojvm.eval.linear.LogisticRegression.Score;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;

/**
 * Accuracy of logistic regression on features as they are, converged, with the strength of its
 * penalty chosen on a part of the training set (DINOv2's {@code eval_log_reg.py}).
 */
public record Logistic(
    @Setting(
            value = "0.0",
            doc = "C, the inverse of the penalty's strength; 0 to choose it on held-out pictures.",
            source = "DINOv2, eval_log_reg.py")
        double c,
    @Setting(
            value = "12",
            doc = "How many C from 1e-6 to 1e5 there are to choose from; 45 as published.",
            source = "dino-jvm")
        int choices,
    @Setting(
            value = "0.1",
            unit = "share",
            doc = "Of the training pictures, those of each class that C is chosen on.",
            source = "DINOv2, eval_log_reg.py")
        double heldOut,
    @Setting(
            value = "1000",
            doc = "After how many iterations a fit stops at the latest.",
            source = "DINOv2, eval_log_reg.py")
        int iterations)
    implements Evaluation {

  private static final double LOWEST_EXPONENT = -6;
  private static final double HIGHEST_EXPONENT = 5;
  private static final double TOLERANCE = 1e-8;

  /** {@code dino evaluate logistic}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "logistic";
    }

    @Override
    public String description() {
      return "Accuracy of converged logistic regression on labelled pictures";
    }

    @Override
    public Class<Logistic> evaluation() {
      return Logistic.class;
    }
  }

  /** Checks the values. */
  public Logistic {
    require(c >= 0, "c", c, "must be 0 to choose it, or greater");
    atLeast("choices", choices, 2);
    positive("held_out", heldOut);
    require(heldOut < 1, "held_out", heldOut, "must be less than 1");
    atLeast("iterations", iterations, 1);
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return data.labelled().flatMap(LabelledSplit::val).isPresent();
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    LabelledSplit split = in.data().requireLabelled();
    LabelledPictures val = split.requireVal();
    FeatureSpace space = in.space(split.train().pictures());
    int[] labels = split.train().labels().toArray();
    int classes = split.train().classes().size();
    double chosen = c > 0 ? c : chosen(space.index(), labels, classes, in);
    try (LogisticRegression all = new LogisticRegression(space.index(), labels, classes)) {
      Fit fit = all.fit(chosen, TOLERANCE, iterations);
      Score score = all.score(fit, space.of(val.pictures()), val.labels().toArray());
      return Findings.ofNumbers(
          ImmutableMap.of(
              "top1", score.top1(),
              "loss", score.loss(),
              "c", chosen,
              "gradient", fit.gradient()));
    }
  }

  /** The first of the C with the highest accuracy on pictures kept aside. */
  private double chosen(float[][] features, int[] labels, int classes, EvaluationInputs in) {
    HeldOut part = HeldOut.of(labels, classes, heldOut, 0);
    float[][] asideFeatures = HeldOut.rows(features, part.aside());
    int[] asideLabels = HeldOut.labels(labels, part.aside());
    double best = 1;
    double bestTop1 = -1;
    try (LogisticRegression some =
        new LogisticRegression(
            HeldOut.rows(features, part.kept()), HeldOut.labels(labels, part.kept()), classes)) {
      for (int i = 0; i < choices; i++) {
        double exponent =
            LOWEST_EXPONENT + i * (HIGHEST_EXPONENT - LOWEST_EXPONENT) / (choices - 1);
        double candidate = Math.pow(10, exponent);
        Fit fit = some.fit(candidate, 1e-5, iterations);
        double top1 = some.score(fit, asideFeatures, asideLabels).top1();
        if (top1 > bestTop1) {
          best = candidate;
          bestTop1 = top1;
        }
        in.progress().report(i + 1, choices);
      }
    }
    return best;
  }
}
