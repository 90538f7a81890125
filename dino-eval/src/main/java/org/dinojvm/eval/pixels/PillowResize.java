package org.dinojvm.eval.pixels;

/**
 * Pillow's resize of bytes with antialiasing, bit for bit ({@code precompute_coeffs} and {@code
 * ImagingResampleHorizontal_8bpc} of its Resample.c): along x, to bytes, along y, with weights of
 * 22 fractional bits.
 */
public enum PillowResize {
  /** Keys' cubic with a = −0.5. */
  BICUBIC(2) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      if (d < 1) {
        return (1.5 * d - 2.5) * d * d + 1;
      }
      return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
    }
  },
  /** The windowed sine of three lobes. */
  LANCZOS(3) {
    @Override
    double weight(double x) {
      return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }

    private double sinc(double x) {
      return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }
  };

  private static final int PRECISION_BITS = 22;

  /** Beyond this distance in pixels of the result the filter is 0. */
  private final int radius;

  PillowResize(int radius) {
    this.radius = radius;
  }

  abstract double weight(double x);

  /** Resizes a picture. */
  public RgbPicture resize(RgbPicture picture, int height, int width) {
    return resize(picture, height, width, picture.height(), picture.width());
  }

  /**
   * Resizes the part of a picture that begins at its top left.
   *
   * @param partHeight of the part, in pixels; need not be whole
   * @param partWidth of the part, in pixels; need not be whole
   */
  RgbPicture resize(
      RgbPicture picture, int height, int width, double partHeight, double partWidth) {
    RgbPicture wide =
        width == picture.width() && partWidth == width
            ? picture
            : alongX(picture, new Taps(picture.width(), partWidth, width));
    return height == picture.height() && partHeight == height
        ? wide
        : alongY(wide, new Taps(picture.height(), partHeight, height));
  }

  /** For each pixel of a resized line, the pixels of the line that it is a sum of. */
  private final class Taps {
    private final int[] first;
    private final int[][] weights;

    Taps(int size, double part, int resized) {
      first = new int[resized];
      weights = new int[resized][];
      double scale = part / resized;
      double stretch = Math.max(scale, 1);
      double support = radius * stretch;
      for (int i = 0; i < resized; i++) {
        double center = (i + 0.5) * scale;
        first[i] = Math.max(0, (int) (center - support + 0.5));
        int end = Math.min(size, (int) (center + support + 0.5));
        weights[i] = weights(first[i], end, center, stretch);
      }
    }

    private int[] weights(int begin, int end, double center, double stretch) {
      double[] exact = new double[end - begin];
      double sum = 0;
      for (int i = 0; i < exact.length; i++) {
        exact[i] = weight((begin + i - center + 0.5) * (1 / stretch));
        sum += exact[i];
      }
      int[] rounded = new int[exact.length];
      for (int i = 0; i < exact.length; i++) {
        double scaled = exact[i] / sum * (1 << PRECISION_BITS);
        rounded[i] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      return rounded;
    }

    /** The sum for pixel i, of values {@code stride} apart from an offset. */
    byte sum(RgbPicture picture, int i, int offset, int stride) {
      int sum = 1 << (PRECISION_BITS - 1);
      int position = offset + first[i] * stride;
      for (int weight : weights[i]) {
        sum += picture.value(position) * weight;
        position += stride;
      }
      return (byte) Math.max(0, Math.min(255, sum >> PRECISION_BITS));
    }
  }

  private static RgbPicture alongX(RgbPicture picture, Taps taps) {
    int width = taps.first.length;
    byte[] values = new byte[picture.height() * width * RgbPicture.CHANNELS];
    int next = 0;
    for (int y = 0; y < picture.height(); y++) {
      int line = y * picture.width() * RgbPicture.CHANNELS;
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < RgbPicture.CHANNELS; channel++) {
          values[next++] = taps.sum(picture, x, line + channel, RgbPicture.CHANNELS);
        }
      }
    }
    return new RgbPicture(picture.height(), width, values);
  }

  private static RgbPicture alongY(RgbPicture picture, Taps taps) {
    int height = taps.first.length;
    int line = picture.width() * RgbPicture.CHANNELS;
    byte[] values = new byte[height * line];
    for (int y = 0; y < height; y++) {
      for (int i = 0; i < line; i++) {
        values[y * line + i] = taps.sum(picture, y, i, line);
      }
    }
    return new RgbPicture(height, picture.width(), values);
  }
}
