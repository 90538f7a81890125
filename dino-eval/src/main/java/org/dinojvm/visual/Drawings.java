package org.dinojvm.visual;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** The squares that a contact sheet is made of. */
public final class Drawings {

  private static final Color SHADE = new Color(15, 18, 38, 190);
  private static final Color OUTLINE = new Color(0xff9f1c);

  private Drawings() {}

  /** A square picture from RGB values in 0…1 by row, column and channel. */
  public static BufferedImage picture(float[] pixels) {
    int side = (int) Math.sqrt(pixels.length / 3.0);
    BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < side * side; i++) {
      int red = level(pixels[3 * i]);
      int green = level(pixels[3 * i + 1]);
      int blue = level(pixels[3 * i + 2]);
      picture.setRGB(i % side, i / side, red << 16 | green << 8 | blue);
    }
    return picture;
  }

  /** A picture of any shape in the middle of a square. */
  static BufferedImage squared(BufferedImage picture, int side) {
    double scale = (double) side / Math.max(picture.getWidth(), picture.getHeight());
    int width = Math.max(1, (int) Math.round(picture.getWidth() * scale));
    int height = Math.max(1, (int) Math.round(picture.getHeight() * scale));
    BufferedImage square = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = square.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, side, side);
    graphics.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height, null);
    graphics.dispose();
    return square;
  }

  private static int level(float value) {
    return Math.round(255 * Math.max(0, Math.min(1, value)));
  }

  /** A map in colour, from its least value to its largest, bilinear between patches. */
  static BufferedImage heatMap(PatchMap map, ColorMap colors, int side) {
    return heatMap(map, colors, side, side);
  }

  /** The same of any shape, in pixels. */
  static BufferedImage heatMap(PatchMap map, ColorMap colors, int width, int height) {
    PatchMap stretched = map.stretched();
    BufferedImage drawing = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        float value =
            stretched.at((x + 0.5f) * map.columns() / width, (y + 0.5f) * map.rows() / height);
        drawing.setRGB(x, y, colors.rgb(value));
      }
    }
    return drawing;
  }

  /** A picture whose patches outside a mask are shaded, with a line around the mask. */
  static BufferedImage spotlight(BufferedImage picture, boolean[] mask, int columns) {
    int patch = picture.getWidth() / columns;
    BufferedImage drawing =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = drawing.createGraphics();
    graphics.drawImage(picture, 0, 0, null);
    graphics.setColor(SHADE);
    for (int i = 0; i < mask.length; i++) {
      if (!mask[i]) {
        graphics.fillRect(i % columns * patch, i / columns * patch, patch, patch);
      }
    }
    graphics.setColor(OUTLINE);
    for (int i = 0; i < mask.length; i++) {
      int left = i % columns * patch;
      int top = i / columns * patch;
      if (left > 0 && mask[i] != mask[i - 1]) {
        graphics.fillRect(left - 1, top - 1, 2, patch + 2);
      }
      if (top > 0 && mask[i] != mask[i - columns]) {
        graphics.fillRect(left - 1, top - 1, patch + 2, 2);
      }
    }
    graphics.dispose();
    return drawing;
  }
}
