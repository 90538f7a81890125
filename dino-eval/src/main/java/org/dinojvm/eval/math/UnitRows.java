package org.dinojvm.eval.math;

/** Rows of length 1. */
public final class UnitRows {

  /** The least length that is divided by, as in the published evaluation. */
  private static final double LEAST_LENGTH = 1e-12;

  private UnitRows() {}

  /**
   * Divides each row by its length, in double precision.
   *
   * @param rows [N, D]
   * @return [N, D]; a row of zeros stays one
   */
  public static float[][] of(float[][] rows) {
    float[][] unit = new float[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      double squares = 0;
      for (float value : rows[row]) {
        squares += (double) value * value;
      }
      double length = Math.max(Math.sqrt(squares), LEAST_LENGTH);
      unit[row] = new float[rows[row].length];
      for (int i = 0; i < unit[row].length; i++) {
        unit[row][i] = (float) (rows[row][i] / length);
      }
    }
    return unit;
  }
}
