package org.dinojvm.eval;

import org.dinojvm.serve.ModelInfo;

/**
 * A way to judge a model. An implementation is a record whose components are its settings, so that
 * one that exists makes sense; an {@link EvaluationEntry} makes it known by a name.
 *
 * <p>All that an evaluation finds has a name, which leads from here to console, {@code
 * evaluations.jsonl}, TensorBoard and the model card; nothing else in the program knows what an
 * evaluation measures.
 */
public interface Evaluation {

  /**
   * Whether there is something to evaluate, asked during training before a checkpoint is opened.
   *
   * @param model what is to be evaluated
   */
  default boolean appliesTo(ModelInfo model, EvaluationData data) {
    return true;
  }

  /**
   * Evaluates a model.
   *
   * @throws IllegalArgumentException if it {@linkplain #appliesTo does not apply}, saying what is
   *     missing
   * @throws java.util.concurrent.CancellationException passed on from {@link
   *     EvaluationInputs#progress}
   */
  Findings evaluate(EvaluationInputs in);
}
