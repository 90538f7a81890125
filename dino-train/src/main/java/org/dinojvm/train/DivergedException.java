package org.dinojvm.train;

/** The loss or its gradient is no longer finite, so that a further step would ruin the weights. */
public final class DivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DivergedException(String message) {
    super(message);
  }
}
