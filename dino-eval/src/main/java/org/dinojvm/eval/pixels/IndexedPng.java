package org.dinojvm.eval.pixels;

import static com.google.common.base.Preconditions.checkArgument;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.dinojvm.files.DurableFiles;

/**
 * Label maps as files: PNGs whose pixels are indices into a palette, so that they show the objects
 * in colors, or gray ones whose values are the labels.
 *
 * @param map the labels
 * @param palette the colors that they are shown in, of {@link IndexColorModel}
 */
public record IndexedPng(LabelMap map, IndexColorModel palette) {

  private static final int COLORS = 256;

  /**
   * Reads labels, not colors.
   *
   * @throws IllegalArgumentException naming a file that cannot be read or has colors of its own
   */
  public static IndexedPng read(Path file) {
    BufferedImage image;
    try (var in = Files.newInputStream(file)) {
      image = ImageIO.read(in);
    } catch (IOException | RuntimeException e) { // ImageIO's readers throw both for damaged files
      throw new IllegalArgumentException(
          "cannot read the mask %s (%s): expected a PNG with a palette, or a gray one"
              .formatted(file, e.getMessage()),
          e);
    }
    checkArgument(image != null, "the mask %s is no picture: expected a PNG", file);
    Raster raster = image.getRaster();
    boolean indexed = image.getColorModel() instanceof IndexColorModel;
    checkArgument(
        indexed || (raster.getNumBands() == 1 && raster.getSampleModel().getSampleSize(0) <= 8),
        "the mask %s has colors of its own: expected a PNG with a palette, or a gray one of 8 bits",
        file);
    int[] samples = raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), 0, (int[]) null);
    byte[] labels = new byte[samples.length];
    for (int i = 0; i < samples.length; i++) {
      labels[i] = (byte) samples[i];
    }
    return new IndexedPng(
        new LabelMap(raster.getHeight(), raster.getWidth(), labels),
        indexed ? (IndexColorModel) image.getColorModel() : standardPalette());
  }

  /** The colors of VOC's and DAVIS's annotations: bits of the index spread over the channels. */
  public static IndexColorModel standardPalette() {
    byte[][] channels = new byte[3][COLORS];
    for (int index = 0; index < COLORS; index++) {
      for (int bit = 0; bit < 8; bit++) {
        for (int channel = 0; channel < 3; channel++) {
          if (bit % 3 == channel && (index >> bit & 1) == 1) {
            channels[channel][index] |= (byte) (1 << (7 - bit / 3));
          }
        }
      }
    }
    return new IndexColorModel(8, COLORS, channels[0], channels[1], channels[2]);
  }

  /** The labels in their colors. */
  public BufferedImage image() {
    BufferedImage image =
        new BufferedImage(
            map.width(), map.height(), BufferedImage.TYPE_BYTE_INDEXED, eightBits(palette));
    image.getRaster().setDataElements(0, 0, map.width(), map.height(), map.labels());
    return image;
  }

  /** A palette of few colors has room for all labels: those that it lacks are black. */
  private static IndexColorModel eightBits(IndexColorModel palette) {
    byte[][] channels = new byte[3][COLORS];
    palette.getReds(channels[0]);
    palette.getGreens(channels[1]);
    palette.getBlues(channels[2]);
    return new IndexColorModel(8, COLORS, channels[0], channels[1], channels[2]);
  }

  /** Writes the file; it appears whole or not at all. */
  public void write(Path file) throws IOException {
    BufferedImage image = image();
    DurableFiles.write(
        file, out -> checkArgument(ImageIO.write(image, "png", out), "this JDK writes no PNG"));
  }
}
