package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import org.dinojvm.eval.linear.LogisticRegression;
import org.dinojvm.eval.linear.LogisticRegression.Fit;
import org.dinojvm.eval.linear.LogisticRegression.Score;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;

/** Converged logistic regression, of all classes and of two. */
public final class LogisticProtocol implements Protocol {

  private static final double TOLERANCE = 1e-10;
  private static final int MOST_ITERATIONS = 20_000;

  @Override
  public void compute(EvaluationFile file, Results results) {
    JsonNode strengths = file.config().path("C");
    checkArgument(strengths.isArray(), "'C' in the configuration is %s, not a list", strengths);
    for (int i = 0; i < strengths.size(); i++) {
      double c = strengths.get(i).asDouble();
      fit(file, results, i + ".", c, false);
      fit(file, results, i + ".binary.", c, true);
    }
  }

  private static void fit(
      EvaluationFile file, Results results, String name, double c, boolean binary) {
    float[][] train = file.rows("train_features");
    float[][] val = file.rows("val_features");
    int[] trainLabels = labels(file, "train_labels", binary);
    int[] valLabels = labels(file, "val_labels", binary);
    try (LogisticRegression regression =
        new LogisticRegression(train, trainLabels, binary ? 2 : file.whole("classes"))) {
      Fit fit = regression.fit(c, TOLERANCE, MOST_ITERATIONS);
      Score score = regression.score(fit, val, valLabels);
      results.put(name + "weight", fit.weight());
      results.put(name + "bias", fit.bias());
      results.put(name + "objective", fit.objective());
      results.put(name + "train_loss", regression.score(fit, train, trainLabels).loss());
      results.put(name + "val_loss", score.loss());
      results.put(name + "val_probabilities", score.probabilities());
      results.put(name + "val_top1", score.top1());
    }
  }

  /** Of two classes, the second is all labels above 1. */
  private static int[] labels(EvaluationFile file, String name, boolean binary) {
    int[] labels = file.wholes(name);
    return binary ? Arrays.stream(labels).map(label -> label > 1 ? 1 : 0).toArray() : labels;
  }
}
