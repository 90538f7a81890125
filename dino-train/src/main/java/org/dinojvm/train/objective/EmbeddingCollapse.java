package org.dinojvm.train.objective;

import org.dinojvm.train.health.HealthCheck;
import org.dinojvm.train.log.StepRecord;
import org.dinojvm.train.optimizer.OptimizerSettings;
import org.dinojvm.train.schedule.RunLength;

/**
 * Every picture has the same embedding: the standard deviation of normalized embeddings vanishes
 * (Chen and He 2021, arXiv:2011.10566, section 4.1).
 */
final class EmbeddingCollapse extends Collapse {

  /** Name of the metric, see {@link org.dinojvm.model.loss.Cosines#spread}. */
  static final String STANDARD_DEVIATION = "embedding_std";

  private static final double ILL = 0.05;
  private static final double WELL = 0.1;

  private final String wayOut;

  /**
   * A check.
   *
   * @param wayOut what to change, a clause
   */
  EmbeddingCollapse(String wayOut, OptimizerSettings optimizer, RunLength run) {
    super(optimizer, run);
    this.wayOut = wayOut;
  }

  @Override
  public String name() {
    return "EMBEDDING_COLLAPSE";
  }

  @Override
  Verdict verdict() {
    double spread = mean(STANDARD_DEVIATION);
    return Verdict.of(spread < ILL, spread > WELL);
  }

  @Override
  public String message() {
    return HealthCheck.line(
        "collapse: the loss is %.3f and the standard deviation of normalized embeddings %.4f of at"
            + " most about 1, so nearly every picture has the same embedding. %s. Start anew, in"
            + " another --output",
        mean(StepRecord.LOSS), mean(STANDARD_DEVIATION), wayOut);
  }
}
