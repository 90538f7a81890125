package org.dinojvm.train.run;

/** The loss or its gradient is no longer finite, so that a further step would ruin the weights. */
public final class DivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public DivergedException(String message) {
    super(message);
  }
}
