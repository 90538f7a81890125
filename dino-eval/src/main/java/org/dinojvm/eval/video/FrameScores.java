package org.dinojvm.eval.video;

import static com.google.common.base.Preconditions.checkArgument;

import org.dinojvm.eval.pixels.LabelMap;

/**
 * How well a mask agrees with the truth: J, the Jaccard index of regions, and F, the F-measure of
 * their boundaries (Perazzi et al. 2016; the published {@code davis2017-evaluation}).
 */
public final class FrameScores {

  private FrameScores() {}

  /** Intersection over union; 1 if both are empty. */
  public static double region(boolean[] mask, boolean[] truth) {
    int intersection = 0;
    int union = 0;
    for (int i = 0; i < mask.length; i++) {
      intersection += mask[i] && truth[i] ? 1 : 0;
      union += mask[i] || truth[i] ? 1 : 0;
    }
    return union == 0 ? 1 : (double) intersection / union;
  }

  /**
   * The F-measure of boundaries that may lie some pixels apart; 1 if both are empty, 0 if one is.
   *
   * @param bound how far apart, in parts of the diagonal; published 0.008
   */
  public static double boundary(
      boolean[] mask, boolean[] truth, int height, int width, double bound) {
    boolean[] own = boundaryOf(mask, height, width);
    boolean[] other = boundaryOf(truth, height, width);
    int owns = count(own);
    int others = count(other);
    if (owns == 0 || others == 0) {
      return owns == others ? 1 : 0;
    }
    int radius = (int) Math.ceil(bound * Math.sqrt((double) height * height + width * width));
    double precision = (double) common(own, dilated(other, height, width, radius)) / owns;
    double recall = (double) common(other, dilated(own, height, width, radius)) / others;
    return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
  }

  /**
   * The pixels that differ from the one right of them, below or below right; on the last row from
   * the right one alone, on the last column from the lower one alone.
   */
  public static boolean[] boundaryOf(boolean[] mask, int height, int width) {
    checkArgument(
        mask.length == height * width, "%s pixels are no %s × %s", mask.length, height, width);
    boolean[] boundary = new boolean[mask.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        boolean hasRight = x + 1 < width;
        boolean hasLower = y + 1 < height;
        boundary[i] =
            (hasRight && mask[i] != mask[i + 1])
                || (hasLower && mask[i] != mask[i + width])
                || (hasRight && hasLower && mask[i] != mask[i + width + 1]);
      }
    }
    return boundary;
  }

  /** All pixels within a disc around one of those given. */
  private static boolean[] dilated(boolean[] pixels, int height, int width, int radius) {
    boolean[] dilated = new boolean[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      if (pixels[i]) {
        drawDisc(dilated, height, width, i / width, i % width, radius);
      }
    }
    return dilated;
  }

  private static void drawDisc(
      boolean[] pixels, int height, int width, int centerY, int centerX, int radius) {
    for (int dy = -radius; dy <= radius; dy++) {
      int y = centerY + dy;
      if (y < 0 || y >= height) {
        continue;
      }
      int half = (int) Math.sqrt((double) radius * radius - dy * dy);
      int right = Math.min(width - 1, centerX + half);
      for (int x = Math.max(0, centerX - half); x <= right; x++) {
        pixels[y * width + x] = true;
      }
    }
  }

  private static int count(boolean[] pixels) {
    return common(pixels, pixels);
  }

  private static int common(boolean[] a, boolean[] b) {
    int count = 0;
    for (int i = 0; i < a.length; i++) {
      count += a[i] && b[i] ? 1 : 0;
    }
    return count;
  }

  /** Which pixels of an annotation are void, when they shall not count. */
  static boolean[] without(boolean[] mask, LabelMap truth) {
    boolean[] kept = mask.clone();
    for (int i = 0; i < kept.length; i++) {
      kept[i] &= Byte.toUnsignedInt(truth.labels()[i]) != LabelMap.VOID;
    }
    return kept;
  }
}
