package org.dinojvm.data;

import com.google.common.io.MoreFiles;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.ImageFolder.Picture;

/** Writes the pictures that tests read. */
public final class PictureFiles {

  private PictureFiles() {}

  /** A file as a scan would find it; its size is left out. */
  public static Picture picture(Path file) {
    return new Picture(file, ImageFolder.UNLABELLED, 0, 0);
  }

  /** A disc of a colour on white, as PNG; its folder is made. */
  public static Path disc(Path file, Color color, int width, int height) throws IOException {
    return disc(file, BufferedImage.TYPE_INT_RGB, color, width, height);
  }

  /**
   * A disc of a colour on white in the format of the file's extension; its folder is made.
   *
   * @param type of pixels: a constant of {@link BufferedImage}
   */
  public static Path disc(Path file, int type, Color color, int width, int height)
      throws IOException {
    BufferedImage picture = new BufferedImage(width, height, type);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(color);
    graphics.fillOval(width / 4, height / 4, width / 2, height / 2);
    graphics.dispose();
    Files.createDirectories(file.getParent());
    String format = MoreFiles.getFileExtension(file);
    if (!ImageIO.write(picture, format, file.toFile())) {
      throw new IllegalArgumentException("no writer for pixels of type " + type + " as " + format);
    }
    return file;
  }
}
