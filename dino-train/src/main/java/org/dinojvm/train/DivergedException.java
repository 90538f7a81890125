package org.dinojvm.train;

/** The loss or its gradient is no longer finite, so that a further step would ruin the weights. */
public final class DivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DivergedException(long step, TrainGraph.Metrics metrics) {
    super(
        String.format(
            "step %d has loss %s and gradient norm %s; the last checkpoint before it is whole."
                + " Lower --lr or --clip_grad, or lengthen --warmup_epochs",
            step, metrics.loss(), metrics.gradientNorm()));
  }
}
