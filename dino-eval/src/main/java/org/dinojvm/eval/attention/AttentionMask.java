package org.dinojvm.eval.attention;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Where a model looks: the fewest patches that hold a given share of its attention. */
public final class AttentionMask {

  /** The share that the published pictures keep. */
  public static final double PUBLISHED_MASS = 0.6;

  /** Forgives the rounding of sums, so that 6 of 10 equal patches hold 60 %. */
  private static final double ROUNDING = 1e-6;

  private AttentionMask() {}

  /**
   * The smallest set of patches holding a share of the attention (Caron et al. 2021, figure 4).
   *
   * @param map attention of each patch, not negative; of equal patches the first are kept
   * @param mass share to hold, above 0 and at most 1
   * @return for each patch, whether it belongs to the set
   */
  public static boolean[] of(float[] map, double mass) {
    checkArgument(mass > 0 && mass <= 1, "mass %s must be above 0 and at most 1", mass);
    double needed =
        IntStream.range(0, map.length).mapToDouble(i -> map[i]).sum() * (mass - ROUNDING);
    boolean[] kept = new boolean[map.length];
    double held = 0;
    for (int patch : strongestFirst(map)) {
      if (held >= needed) {
        break;
      }
      kept[patch] = true;
      held += map[patch];
    }
    return kept;
  }

  private static int[] strongestFirst(float[] map) {
    return IntStream.range(0, map.length)
        .boxed()
        .sorted(Comparator.comparingDouble(patch -> -map[patch]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
