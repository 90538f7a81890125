package org.dinojvm.eval.pixels;

/**
 * Pillow's {@code Image.thumbnail(…, LANCZOS)} of a decoded picture: the longest side to at most a
 * size, never larger than it was. A picture at least 4 times too large is first reduced by whole
 * numbers, each block of pixels to its mean ({@code reducing_gap} 2).
 */
public final class Thumbnail {

  private static final double REDUCING_GAP = 2;

  private Thumbnail() {}

  /** The thumbnail; the picture itself if it is small enough. */
  public static RgbPicture of(RgbPicture picture, int size) {
    int height = picture.height();
    int width = picture.width();
    if (height <= size && width <= size) {
      return picture;
    }
    double aspect = (double) width / height;
    int newWidth = aspect <= 1 ? nearest(size * aspect, n -> Math.abs(aspect - n / size)) : size;
    int newHeight =
        aspect <= 1 ? size : nearest(size / aspect, n -> n == 0 ? 0 : Math.abs(aspect - size / n));
    return resize(picture, newHeight, newWidth);
  }

  private static RgbPicture resize(RgbPicture picture, int height, int width) {
    int reduceX = Math.max(1, (int) ((double) picture.width() / width / REDUCING_GAP));
    int reduceY = Math.max(1, (int) ((double) picture.height() / height / REDUCING_GAP));
    return PillowResize.LANCZOS.resize(
        reduced(picture, reduceY, reduceX),
        height,
        width,
        (double) picture.height() / reduceY,
        (double) picture.width() / reduceX);
  }

  private interface Distance {
    double of(double side);
  }

  /** The whole number below or above that keeps the aspect better, at least 1. */
  private static int nearest(double side, Distance distance) {
    double below = Math.floor(side);
    double above = Math.ceil(side);
    return (int) Math.max(distance.of(above) < distance.of(below) ? above : below, 1);
  }

  /** Means of blocks; those at the right and the bottom may be smaller. */
  private static RgbPicture reduced(RgbPicture picture, int blockHeight, int blockWidth) {
    if (blockHeight == 1 && blockWidth == 1) {
      return picture;
    }
    int height = (picture.height() + blockHeight - 1) / blockHeight;
    int width = (picture.width() + blockWidth - 1) / blockWidth;
    byte[] values = new byte[height * width * RgbPicture.CHANNELS];
    int next = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < RgbPicture.CHANNELS; channel++) {
          values[next++] =
              mean(picture, y * blockHeight, x * blockWidth, blockHeight, blockWidth, channel);
        }
      }
    }
    return new RgbPicture(height, width, values);
  }

  private static byte mean(
      RgbPicture picture, int top, int left, int blockHeight, int blockWidth, int channel) {
    int bottom = Math.min(top + blockHeight, picture.height());
    int right = Math.min(left + blockWidth, picture.width());
    int sum = 0;
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        sum += picture.value((y * picture.width() + x) * RgbPicture.CHANNELS + channel);
      }
    }
    int count = (bottom - top) * (right - left);
    return (byte) ((sum + count / 2) / count);
  }
}
