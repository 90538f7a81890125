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

  /** Whether the project and the reference agree; the worst last. */
  public enum Verdict {
    SKIPPED,
    PASS,
    FAIL
  }

  /** A comparison; an error that is not a number fails. */
  static Finding compared(
      String file, String compared, String worst, double error, double tolerance) {
    Verdict verdict = error <= tolerance ? Verdict.PASS : Verdict.FAIL;
    return new Finding(file, compared, worst, error, tolerance, verdict);
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
