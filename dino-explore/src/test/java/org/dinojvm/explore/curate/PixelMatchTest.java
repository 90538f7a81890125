package org.dinojvm.explore.curate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.dinojvm.eval.pixels.RgbPicture;
import org.junit.jupiter.api.Test;

class PixelMatchTest {

  private static final int SIDE = 96;

  /** Rectangles of random places, sizes and colors. */
  private static RgbPicture picture(long seed) {
    Random random = new Random(seed);
    byte[] values = new byte[3 * SIDE * SIDE];
    for (int n = 0; n < 25; n++) {
      int left = random.nextInt(SIDE);
      int top = random.nextInt(SIDE);
      int right = Math.min(SIDE, left + 8 + random.nextInt(SIDE / 2));
      int bottom = Math.min(SIDE, top + 8 + random.nextInt(SIDE / 2));
      byte[] color = new byte[3];
      random.nextBytes(color);
      for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
          System.arraycopy(color, 0, values, 3 * (y * SIDE + x), 3);
        }
      }
    }
    return new RgbPicture(SIDE, SIDE, values);
  }

  private static double match(RgbPicture a, RgbPicture b) {
    return PixelMatch.of(a).with(PixelMatch.of(b));
  }

  @Test
  void aPictureIsItsOwnCopy() {
    assertEquals(1, match(picture(1), picture(1)), 1e-9);
  }

  @Test
  void lightDoesNotMatter() {
    RgbPicture dark = picture(2);
    byte[] values = dark.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (30 + Byte.toUnsignedInt(values[i]) / 2);
    }
    assertTrue(match(dark, new RgbPicture(SIDE, SIDE, values)) > 0.999);
  }

  @Test
  void aPartIsFoundEitherWay() {
    for (int seed = 0; seed < 10; seed++) {
      RgbPicture whole = picture(seed);
      RgbPicture part = whole.crop(11, 17, 68, 68);
      assertTrue(match(whole, part) > 0.85, "seed " + seed + ": " + match(whole, part));
      assertEquals(match(whole, part), match(part, whole), 1e-12);
    }
  }

  @Test
  void othersAreNoCopies() {
    for (int seed = 0; seed < 20; seed++) {
      double other = match(picture(seed), picture(100 + seed));
      assertTrue(other < 0.75, "seed " + seed + ": " + other);
    }
    RgbPicture blank = new RgbPicture(SIDE, SIDE, new byte[3 * SIDE * SIDE]);
    assertEquals(0, match(blank, blank));
  }
}
