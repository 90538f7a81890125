package org.dinojvm.eval.attention;

import com.google.common.collect.ImmutableSortedSet;
import org.dinojvm.eval.pixels.LabelMap;

/**
 * Patches of a picture that are said to be an object.
 *
 * @param patches h · w, by row and column
 * @param columns w
 * @param patchSize side of a patch in pixels
 */
public record PatchMask(boolean[] patches, int columns, int patchSize) {

  /** Height in pixels. */
  public int height() {
    return patches.length / columns * patchSize;
  }

  /** Width in pixels. */
  public int width() {
    return columns * patchSize;
  }

  /** The mask by pixels, each as its patch: height · width of 0 and 1. */
  public byte[] pixels() {
    byte[] pixels = new byte[height() * width()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (at(i / width(), i % width()) ? 1 : 0);
    }
    return pixels;
  }

  private boolean at(int y, int x) {
    return patches[y / patchSize * columns + x / patchSize];
  }

  /**
   * Intersection over union with a label. Pixels that are void stay in the union.
   *
   * @param truth at least as large as the mask; what is beyond it does not count
   */
  public double jaccard(LabelMap truth, int label) {
    long intersection = 0;
    long union = 0;
    for (int y = 0; y < height(); y++) {
      for (int x = 0; x < width(); x++) {
        boolean found = at(y, x);
        boolean there = truth.at(y, x) == label;
        intersection += found && there ? 1 : 0;
        union += found || there ? 1 : 0;
      }
    }
    return union == 0 ? 1 : (double) intersection / union;
  }

  /**
   * The objects of an annotation: its labels but 0 and void, ascending.
   *
   * @param height how much of it is seen, from the top
   * @param width how much of it is seen, from the left
   */
  public static ImmutableSortedSet<Integer> objects(LabelMap truth, int height, int width) {
    ImmutableSortedSet.Builder<Integer> labels = ImmutableSortedSet.naturalOrder();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int label = truth.at(y, x);
        if (label != 0 && label != LabelMap.VOID) {
          labels.add(label);
        }
      }
    }
    return labels.build();
  }
}
