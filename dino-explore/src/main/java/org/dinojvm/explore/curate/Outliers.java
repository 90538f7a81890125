package org.dinojvm.explore.curate;

import com.google.common.math.Quantiles;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.dinojvm.explore.layout.NeighbourGraph;

/**
 * Pictures that are like no other: those whose nearest neighbours are far (Ramaswamy et al. 2000).
 *
 * @param distance of each picture, [N]: mean of 1 − cosine to its neighbours, to compare
 * @param bound distance above which one is unusual
 */
public record Outliers(double[] distance, double bound) {

  /** Neighbours whose distances count. */
  private static final int NEIGHBOURS = 10;

  /** From the median absolute deviation to a normal distribution's standard deviation. */
  private static final double TO_DEVIATION = 1.4826;

  /** Deviations above the median, as Iglewicz and Hoaglin (1993) recommend. */
  private static final double UNUSUAL = 3.5;

  /** Looks at the distances to neighbours. */
  public static Outliers of(NeighbourGraph graph) {
    double[] distance = new double[graph.size()];
    for (int i = 0; i < distance.length; i++) {
      float[] near = graph.similarities()[i];
      distance[i] =
          1
              - IntStream.range(0, Math.min(NEIGHBOURS, near.length))
                  .mapToDouble(n -> near[n])
                  .average()
                  .orElse(1);
    }
    double median = Quantiles.median().compute(distance);
    double deviation =
        Quantiles.median()
            .compute(Arrays.stream(distance).map(d -> Math.abs(d - median)).toArray());
    return new Outliers(distance, median + UNUSUAL * TO_DEVIATION * deviation);
  }

  /** All that are unusual, the farthest first. */
  public int[] unusual() {
    return IntStream.of(farthest(distance.length)).filter(i -> distance[i] > bound).toArray();
  }

  /** So many, the farthest first. */
  public int[] farthest(int count) {
    return IntStream.range(0, distance.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -distance[i]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
