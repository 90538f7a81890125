package org.dinojvm.visual;

import static com.google.common.base.Preconditions.checkState;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.dinojvm.files.DurableFiles;

/** Writes pictures as PNG. */
public final class Png {

  private Png() {}

  /** A picture as the bytes of a PNG file. */
  public static byte[] bytes(BufferedImage picture) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      checkState(ImageIO.write(picture, "png", bytes), "this JDK cannot write PNG");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Writes a picture; the file appears whole or not at all, and replaces one of its name. */
  public static void write(BufferedImage picture, Path file) throws IOException {
    byte[] png = bytes(picture);
    DurableFiles.write(file, out -> out.write(png));
  }
}
