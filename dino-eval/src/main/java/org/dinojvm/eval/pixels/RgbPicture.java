package org.dinojvm.eval.pixels;

import static com.google.common.base.Preconditions.checkArgument;

import java.awt.image.BufferedImage;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/**
 * A decoded picture.
 *
 * @param height H, in pixels
 * @param width W, in pixels
 * @param values H · W · 3 bytes, RGB by row, column and channel; not copied
 */
public record RgbPicture(int height, int width, byte[] values) {

  /** Channels of a pixel. */
  static final int CHANNELS = 3;

  /** Checks the number of values. */
  public RgbPicture {
    checkArgument(
        height >= 1 && width >= 1 && values.length == height * width * CHANNELS,
        "%s values are no picture of %s × %s × 3",
        values.length,
        height,
        width);
  }

  /** A picture of Java's own, without its transparency. */
  public static RgbPicture of(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    int[] colors = image.getRGB(0, 0, width, height, null, 0, width);
    byte[] values = new byte[colors.length * CHANNELS];
    for (int i = 0; i < colors.length; i++) {
      values[CHANNELS * i] = (byte) (colors[i] >> 16);
      values[CHANNELS * i + 1] = (byte) (colors[i] >> 8);
      values[CHANNELS * i + 2] = (byte) colors[i];
    }
    return new RgbPicture(height, width, values);
  }

  /** The same as a picture of Java's own. */
  public BufferedImage image() {
    int[] colors = new int[height * width];
    for (int i = 0; i < colors.length; i++) {
      colors[i] =
          value(CHANNELS * i) << 16 | value(CHANNELS * i + 1) << 8 | value(CHANNELS * i + 2);
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, colors, 0, width);
    return image;
  }

  /** A part of the picture. */
  public RgbPicture crop(int top, int left, int cropHeight, int cropWidth) {
    checkArgument(
        top >= 0 && left >= 0 && top + cropHeight <= height && left + cropWidth <= width,
        "a crop of %s × %s from (%s, %s) reaches outside of %s × %s",
        cropHeight,
        cropWidth,
        top,
        left,
        height,
        width);
    byte[] cropped = new byte[cropHeight * cropWidth * CHANNELS];
    for (int y = 0; y < cropHeight; y++) {
      System.arraycopy(
          values,
          ((top + y) * width + left) * CHANNELS,
          cropped,
          y * cropWidth * CHANNELS,
          cropWidth * CHANNELS);
    }
    return new RgbPicture(cropHeight, cropWidth, cropped);
  }

  /** Values of 0 to 1, the caller's to close: [1, H, W, 3]. */
  public TFloat32 tensor() {
    float[] parts = new float[values.length];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = value(i) / 255f;
    }
    return TFloat32.tensorOf(Shape.of(1, height, width, CHANNELS), DataBuffers.of(parts));
  }

  int value(int index) {
    return Byte.toUnsignedInt(values[index]);
  }
}
