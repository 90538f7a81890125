package org.dinojvm.explore.layout;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Orders points of a plane so that those near each other in the order are near in the plane. */
public final class HilbertCurve {

  /** Cells of a side: 2¹⁶. */
  private static final int SIDE = 1 << 16;

  private HilbertCurve() {}

  /**
   * The order along the curve.
   *
   * @param points [N, 2] in 0…1
   * @return numbers of the points
   */
  public static int[] order(float[][] points) {
    long[] along = new long[points.length];
    for (int i = 0; i < points.length; i++) {
      along[i] = distance(cell(points[i][0]), cell(points[i][1]));
    }
    return IntStream.range(0, points.length)
        .boxed()
        .sorted(Comparator.comparingLong(i -> along[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int cell(float coordinate) {
    return Math.max(0, Math.min(SIDE - 1, (int) (coordinate * SIDE)));
  }

  /** How far along the curve a cell lies. */
  private static long distance(int column, int row) {
    long distance = 0;
    int x = column;
    int y = row;
    for (int half = SIDE / 2; half > 0; half /= 2) {
      int right = (x & half) > 0 ? 1 : 0;
      int upper = (y & half) > 0 ? 1 : 0;
      distance += (long) half * half * ((3 * right) ^ upper);
      if (upper == 0) {
        if (right == 1) {
          x = SIDE - 1 - x;
          y = SIDE - 1 - y;
        }
        int swapped = x;
        x = y;
        y = swapped;
      }
    }
    return distance;
  }
}
