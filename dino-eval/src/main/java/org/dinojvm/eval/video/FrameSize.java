package org.dinojvm.eval.video;

/**
 * A frame's size in pixels.
 *
 * @param height H
 * @param width W
 */
public record FrameSize(int height, int width) {

  private static final int PUBLISHED_SIDE = 480;

  /** What the longer side is a multiple of, whatever the patch size. */
  private static final int MULTIPLE = 64;

  /** The published size of a frame of another size. */
  public static FrameSize published(int height, int width) {
    return of(height, width, PUBLISHED_SIDE);
  }

  /**
   * The size that a frame is resized to: the shorter side to a length, the other in proportion and
   * down to a multiple of 64. The width of a square frame counts as the longer side, as published.
   */
  public static FrameSize of(int height, int width, int side) {
    return height > width
        ? new FrameSize(longer(side, height, width), side)
        : new FrameSize(side, longer(side, width, height));
  }

  private static int longer(int side, int longest, int shortest) {
    int times = (int) ((double) side * longest / shortest / MULTIPLE);
    return times * MULTIPLE;
  }
}
