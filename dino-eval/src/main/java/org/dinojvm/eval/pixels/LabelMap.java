package org.dinojvm.eval.pixels;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * A label for each pixel, such as an annotation's objects.
 *
 * @param height H, in pixels
 * @param width W, in pixels
 * @param labels H · W bytes, 0…255, by row and column; not copied
 */
public record LabelMap(int height, int width, byte[] labels) {

  /** What annotations give pixels that belong to nothing or that nobody could tell. */
  public static final int VOID = 255;

  /** Checks the number of labels. */
  public LabelMap {
    checkArgument(
        height >= 1 && width >= 1 && labels.length == height * width,
        "%s labels are no map of %s × %s",
        labels.length,
        height,
        width);
  }

  /** The label of a pixel, by row and column. */
  public int at(int y, int x) {
    return Byte.toUnsignedInt(labels[y * width + x]);
  }

  /** The largest label other than {@link #VOID}; 0 if there is none. */
  public int largest() {
    int largest = 0;
    for (byte label : labels) {
      int value = Byte.toUnsignedInt(label);
      largest = value == VOID ? largest : Math.max(largest, value);
    }
    return largest;
  }

  /** Where the map has a label: H · W. */
  public boolean[] mask(int label) {
    boolean[] mask = new boolean[labels.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = Byte.toUnsignedInt(labels[i]) == label;
    }
    return mask;
  }

  /** The part from the top left. */
  public LabelMap crop(int cropHeight, int cropWidth) {
    byte[] cropped = new byte[cropHeight * cropWidth];
    for (int y = 0; y < cropHeight; y++) {
      System.arraycopy(labels, y * width, cropped, y * cropWidth, cropWidth);
    }
    return new LabelMap(cropHeight, cropWidth, cropped);
  }

  /**
   * Resizes as Pillow's {@code NEAREST} does. The place of each pixel is the one before it and a
   * step, added in double: half a step, one and a half…; computed at once it would differ in
   * columns that lie on a border.
   */
  public LabelMap nearest(int newHeight, int newWidth) {
    int[] rows = places(height, newHeight);
    int[] columns = places(width, newWidth);
    byte[] resized = new byte[newHeight * newWidth];
    for (int y = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        resized[y * newWidth + x] = labels[rows[y] * width + columns[x]];
      }
    }
    return new LabelMap(newHeight, newWidth, resized);
  }

  private static int[] places(int size, int resized) {
    int[] places = new int[resized];
    double step = (double) size / resized;
    double place = step * 0.5;
    for (int i = 0; i < resized; i++) {
      places[i] = Math.min((int) place, size - 1);
      place += step;
    }
    return places;
  }
}
