package org.dinojvm.verify;

/**
 * One line of a report.
 *
 * @param file name of the file
 * @param compared what was compared, or why nothing was
 * @param worst the tensor or number with the largest error; empty where there is none
 * @param error largest error
 * @param tolerance largest error allowed
 * @param verdict what follows
 */
public record Finding(
    String file, String compared, String worst, double error, double tolerance, Verdict verdict) {

  /** How much more than its input's roundings those of a network's layers may do. */
  private static final int ROUNDINGS = 10;

  /** Whether the project and the reference agree; the worst last. */
  public enum Verdict {
    SKIPPED,
    PASS,
    /** They disagree by no more than rounding alone does: the number is not determined. */
    VOID,
    FAIL
  }

  /** A comparison; an error that is not a number fails. */
  static Finding compared(
      String file, String compared, String worst, double error, double tolerance) {
    Verdict verdict = error <= tolerance ? Verdict.PASS : Verdict.FAIL;
    return new Finding(file, compared, worst, error, tolerance, verdict);
  }

  /**
   * A comparison of a result that may be sensitive to rounding.
   *
   * @param sensitivity what the result moves by when its input changes in the last bit
   */
  static Finding compared(
      String file,
      String compared,
      String worst,
      double error,
      double tolerance,
      double sensitivity) {
    boolean isVoid = error > tolerance && error <= ROUNDINGS * sensitivity;
    return isVoid
        ? new Finding(file, compared, worst, error, tolerance, Verdict.VOID)
        : compared(file, compared, worst, error, tolerance);
  }

  /** A file that cannot be compared. */
  static Finding failed(String file, String reason) {
    return new Finding(file, reason, "", Double.NaN, Double.NaN, Verdict.FAIL);
  }

  /** A file that is not compared, which is no failure. */
  static Finding skipped(String file, String reason) {
    return new Finding(file, reason, "", Double.NaN, Double.NaN, Verdict.SKIPPED);
  }

  /** Whether numbers were compared. */
  boolean isComparison() {
    return !Double.isNaN(tolerance);
  }
}
