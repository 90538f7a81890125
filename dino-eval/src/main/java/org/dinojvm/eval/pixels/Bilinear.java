package org.dinojvm.eval.pixels;

/**
 * Bilinear interpolation without antialias, as torch's {@code interpolate(align_corners=False)} and
 * OpenCV's {@code resize} have it: pixel i of the result is seen at (i + ½) / scale − ½, clamped to
 * the picture.
 */
public final class Bilinear {

  /** One axis: each place lies between two pixels. */
  private static final class Axis {
    private final int[] low;
    private final int[] high;
    private final double[] part;

    Axis(int size, int resized, double step) {
      low = new int[resized];
      high = new int[resized];
      part = new double[resized];
      for (int i = 0; i < resized; i++) {
        double place = Math.max(0, (i + 0.5) * step - 0.5);
        low[i] = Math.min((int) place, size - 1);
        high[i] = Math.min(low[i] + 1, size - 1);
        part[i] = Math.min(place - low[i], 1);
      }
    }
  }

  private Bilinear() {}

  /**
   * Scales maps.
   *
   * @param values H · W · C values by row, column and channel
   * @param scale of both sides, which become ⌊scale · side⌋
   * @return ⌊scale · H⌋ · ⌊scale · W⌋ · C values
   */
  public static float[] scaled(float[] values, int height, int width, int channels, double scale) {
    return interpolated(
        values,
        new Axis(height, (int) (height * scale), 1 / scale),
        new Axis(width, (int) (width * scale), 1 / scale),
        width,
        channels);
  }

  /** Resizes a picture, each value to the nearest whole number. */
  public static RgbPicture resize(RgbPicture picture, int height, int width) {
    float[] values = new float[picture.values().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = picture.value(i);
    }
    float[] resized =
        interpolated(
            values,
            new Axis(picture.height(), height, (double) picture.height() / height),
            new Axis(picture.width(), width, (double) picture.width() / width),
            picture.width(),
            RgbPicture.CHANNELS);
    byte[] bytes = new byte[resized.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(resized[i]);
    }
    return new RgbPicture(height, width, bytes);
  }

  private static float[] interpolated(
      float[] values, Axis rows, Axis columns, int width, int channels) {
    float[] result = new float[rows.low.length * columns.low.length * channels];
    int next = 0;
    for (int y = 0; y < rows.low.length; y++) {
      for (int x = 0; x < columns.low.length; x++) {
        for (int channel = 0; channel < channels; channel++) {
          double upper = between(values, rows.low[y] * width, columns, x, channels, channel);
          double lower = between(values, rows.high[y] * width, columns, x, channels, channel);
          result[next++] = (float) (upper + rows.part[y] * (lower - upper));
        }
      }
    }
    return result;
  }

  private static double between(
      float[] values, int line, Axis columns, int x, int channels, int channel) {
    double left = values[(line + columns.low[x]) * channels + channel];
    double right = values[(line + columns.high[x]) * channels + channel];
    return left + columns.part[x] * (right - left);
  }
}
