package org.dinojvm.eval.video;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.List;
import org.dinojvm.eval.pixels.LabelMap;

/**
 * J and F of a video's objects, frame by frame; the first frame, which was given, and the last are
 * left out.
 *
 * @param region J, [object][frame]
 * @param boundary F, [object][frame]
 */
public record VideoScores(double[][] region, double[][] boundary) {

  /** What is reported of an object's frames. */
  public record Statistics(double mean, double recall, double decay) {

    private static final double RECALLED = 0.5;
    private static final int QUARTERS = 4;

    /**
     * Of some frames.
     *
     * @param frames a score each
     * @return mean; share of frames above 0.5; mean of the first quarter less that of the last
     */
    public static Statistics of(double[] frames) {
      double recall =
          (double) Arrays.stream(frames).filter(v -> v > RECALLED).count() / frames.length;
      return new Statistics(
          average(frames),
          recall,
          average(quarter(frames, 0)) - average(quarter(frames, QUARTERS - 1)));
    }

    /** Both ends belong to it. */
    private static double[] quarter(double[] frames, int number) {
      return Arrays.copyOfRange(
          frames, edge(frames.length, number), edge(frames.length, number + 1) + 1);
    }

    /** round(linspace(1, n, 5)) − 1. */
    private static int edge(int frames, int number) {
      return (int) Math.round(1 + (frames - 1) * (double) number / QUARTERS) - 1;
    }
  }

  /**
   * Scores results.
   *
   * @param truth a map for each frame; its objects are 1 to the first one's largest label
   * @param results a map for each frame, of the same sizes
   * @param bound how far boundaries may be apart, in parts of the diagonal
   * @param voidCounts whether void pixels are background, as in the semi-supervised task, or belong
   *     to nothing, as in the unsupervised one
   */
  public static VideoScores of(
      List<LabelMap> truth, List<LabelMap> results, double bound, boolean voidCounts) {
    checkArgument(
        truth.size() == results.size(),
        "%s frames are annotated, %s have results",
        truth.size(),
        results.size());
    checkArgument(
        truth.size() >= 3,
        "%s frames leave none to score: the first and the last are left out",
        truth.size());
    int objects = truth.get(0).largest();
    double[][] region = new double[objects][truth.size() - 2];
    double[][] boundary = new double[objects][truth.size() - 2];
    for (int frame = 1; frame + 1 < truth.size(); frame++) {
      LabelMap annotation = truth.get(frame);
      for (int object = 1; object <= objects; object++) {
        boolean[] expected = annotation.mask(object);
        boolean[] mask = results.get(frame).mask(object);
        boolean[] found = voidCounts ? mask : FrameScores.without(mask, annotation);
        region[object - 1][frame - 1] = FrameScores.region(found, expected);
        boundary[object - 1][frame - 1] =
            FrameScores.boundary(found, expected, annotation.height(), annotation.width(), bound);
      }
    }
    return new VideoScores(region, boundary);
  }

  /** Half the sum of the means of J and F over objects, of one video or of several. */
  public static double regionAndBoundary(List<VideoScores> videos) {
    return (meanOverObjects(videos.stream().map(VideoScores::region).toList())
            + meanOverObjects(videos.stream().map(VideoScores::boundary).toList()))
        / 2;
  }

  private static double meanOverObjects(List<double[][]> scores) {
    return scores.stream()
        .flatMap(Arrays::stream)
        .mapToDouble(VideoScores::average)
        .average()
        .orElse(Double.NaN);
  }

  private static double average(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }
}
