package org.dinojvm.eval;

import org.dinojvm.serve.ModelInfo;

/** An evaluation of other features than by default. */
record WithFeatures(Evaluation evaluation, FeatureOptions options) implements Evaluation {

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return evaluation.appliesTo(model, data);
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    return evaluation.evaluate(in.with(options));
  }
}
