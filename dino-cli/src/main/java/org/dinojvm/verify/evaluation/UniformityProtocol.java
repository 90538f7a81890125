package org.dinojvm.verify.evaluation;

import static org.dinojvm.eval.health.FeatureStatistics.alignment;
import static org.dinojvm.eval.health.FeatureStatistics.normalized;
import static org.dinojvm.eval.health.FeatureStatistics.rankMe;
import static org.dinojvm.eval.health.FeatureStatistics.singularValues;
import static org.dinojvm.eval.health.FeatureStatistics.standardDeviation;
import static org.dinojvm.eval.health.FeatureStatistics.uniformity;

import org.dinojvm.eval.math.Matrices;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;

/** Alignment of pairs; uniformity, spread and rank of sets of features. */
public final class UniformityProtocol implements Protocol {

  @Override
  public void compute(EvaluationFile file, Results results) {
    double t = file.number("t");
    double epsilon = file.number("rank_epsilon");
    double[][] x = normalized(file.rows("x"));
    double[][] y = normalized(file.rows("y"));
    results.put("alignment", alignment(x, y, file.number("alpha")));
    results.put("alignment_1", alignment(x, y, 1));
    for (String set : file.inputsBelow("").keySet()) {
      float[][] rows = file.rows(set);
      double[] asTheyAre = singularValues(rows, new double[rows[0].length]);
      results.put(set + ".uniformity", uniformity(normalized(rows), t));
      results.put(set + ".standard_deviation", standardDeviation(normalized(rows)));
      results.put(set + ".singular_values", asTheyAre);
      results.put(set + ".rankme", rankMe(asTheyAre, epsilon));
      results.put(
          set + ".rankme_centred", rankMe(singularValues(rows, Matrices.mean(rows)), epsilon));
    }
  }
}
