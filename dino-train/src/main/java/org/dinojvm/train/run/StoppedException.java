package org.dinojvm.train.run;

/** A listener asked for the run's end before its last step; what was trained is saved. */
public final class StoppedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  public StoppedException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What {@link TrainingListener#stopRequested} answered. */
  public String reason() {
    return reason;
  }
}
