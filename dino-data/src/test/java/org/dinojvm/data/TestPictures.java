package org.dinojvm.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.dinojvm.data.source.ImageFolder;

/** Pictures made by formula, and folders of them. */
public final class TestPictures {

  private TestPictures() {}

  /**
   * Red, green and blue of the pixel at (y, x) as {@code src/test/resources/pillow.tsv} has them.
   */
  public static int value(int y, int x, int channel) {
    return (y * 37 + x * 59 + channel * 101 + x * y * 7) % 256;
  }

  /** Such a picture in an ImageIO format: png, jpg, gif, bmp. */
  public static Path write(Path file, String format, int height, int width) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, value(y, x, 0) << 16 | value(y, x, 1) << 8 | value(y, x, 2));
      }
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(image, format, file.toFile());
    return file;
  }

  /** A flat folder of PNGs of different sizes. */
  public static ImageFolder folder(Path root, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      write(root.resolve("%03d.png".formatted(i)), "png", 20 + i, 40 - i);
    }
    return ImageFolder.scan(root);
  }
}
