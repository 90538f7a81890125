package org.dinojvm.eval.attention;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Jaccard indices of masks and what of them is reported. Four ways of one number out of objects and
 * heads are in use, and differ.
 *
 * @param jaccard for each picture [object][head]
 */
public record MaskScores(List<double[][]> jaccard) {

  /** Refuses to have nothing to tell. */
  public MaskScores {
    checkArgument(
        jaccard.stream().anyMatch(picture -> picture.length > 0),
        "no object in the ground truth: its labels are 0 (background) and 255 (void) alone");
    jaccard = jaccard.stream().filter(picture -> picture.length > 0).toList();
  }

  /** A picture's score where each object takes its best head. */
  public static double bestHeadPerObject(double[][] picture) {
    return Arrays.stream(picture)
        .mapToDouble(heads -> Arrays.stream(heads).max().orElse(0))
        .average()
        .orElse(Double.NaN);
  }

  /** The published figure: each object takes its best head; mean over objects, then pictures. */
  public double bestHeadPerObject() {
    return mean(MaskScores::bestHeadPerObject);
  }

  /** Each picture takes the head that is best on average over its objects. */
  public double bestHeadPerImage() {
    return mean(
        picture -> {
          double best = 0;
          for (int head = 0; head < heads(); head++) {
            best = Math.max(best, meanOf(picture, head));
          }
          return best;
        });
  }

  /** By head, mean over objects, then pictures. */
  public double[] eachHead() {
    double[] scores = new double[heads()];
    for (int head = 0; head < scores.length; head++) {
      int one = head;
      scores[head] = mean(picture -> meanOf(picture, one));
    }
    return scores;
  }

  /** The one head that is best over all pictures. */
  public double bestFixedHead() {
    return Arrays.stream(eachHead()).max().orElse(Double.NaN);
  }

  /** The mean of all heads' scores. */
  public double averageOfHeads() {
    return Arrays.stream(eachHead()).average().orElse(Double.NaN);
  }

  private int heads() {
    return jaccard.get(0)[0].length;
  }

  private static double meanOf(double[][] picture, int head) {
    return Arrays.stream(picture).mapToDouble(object -> object[head]).average().orElse(0);
  }

  private double mean(ToDoubleFunction<double[][]> score) {
    return jaccard.stream().mapToDouble(score).average().orElse(Double.NaN);
  }
}
