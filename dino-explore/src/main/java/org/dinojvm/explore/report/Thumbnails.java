package org.dinojvm.explore.report;

import java.awt.image.BufferedImage;
import org.dinojvm.eval.pixels.Jpeg;
import org.dinojvm.visual.Drawings;

/** Small pictures for a page, as JPEG. */
public final class Thumbnails {

  private static final float QUALITY = 0.88f;

  private Thumbnails() {}

  /** A picture without transparency. */
  static byte[] jpeg(BufferedImage picture) {
    return Jpeg.bytes(picture, QUALITY);
  }

  /**
   * A square picture.
   *
   * @param pixels side · side · 3 values, RGB in 0…1
   */
  public static byte[] jpeg(float[] pixels) {
    return jpeg(Drawings.picture(pixels));
  }
}
