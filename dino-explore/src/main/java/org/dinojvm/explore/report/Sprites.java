package org.dinojvm.explore.report;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.PictureReader;
import org.dinojvm.visual.Drawings;

/** Thumbnails, many to a file, so that a page with thousands of pictures loads few files. */
final class Sprites {

  /** Side of a thumbnail in pixels. */
  static final int SIDE = 64;

  /** Thumbnails in a row and rows in a file: a browser takes 4 MB for each file that it shows. */
  static final int COLUMNS = 16;

  private Sprites() {}

  /** Writes {@code 0000.jpg} and so on. */
  static void write(Path folder, List<Picture> pictures, Progress progress) throws IOException {
    Files.createDirectories(folder);
    int perSheet = COLUMNS * COLUMNS;
    try (PictureReader reader = new PictureReader(EvalView.square(SIDE))) {
      for (int first = 0; first < pictures.size(); first += perSheet) {
        List<Picture> some = pictures.subList(first, Math.min(first + perSheet, pictures.size()));
        int done = first;
        String name = String.format(Locale.ROOT, "%04d.jpg", first / perSheet);
        Files.write(
            folder.resolve(name),
            Thumbnails.jpeg(sheet(some, reader, n -> progress.report(done + n, pictures.size()))));
      }
    }
  }

  /** Hears how many thumbnails of a sheet are drawn. */
  @FunctionalInterface
  private interface Drawn {
    void report(int thumbnails);
  }

  private static BufferedImage sheet(List<Picture> pictures, PictureReader reader, Drawn drawn) {
    int rows = (pictures.size() + COLUMNS - 1) / COLUMNS;
    BufferedImage sheet =
        new BufferedImage(COLUMNS * SIDE, rows * SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    for (int i = 0; i < pictures.size(); i++) {
      BufferedImage thumbnail = Drawings.picture(reader.read(pictures.get(i)));
      graphics.drawImage(thumbnail, i % COLUMNS * SIDE, i / COLUMNS * SIDE, null);
      drawn.report(i + 1);
    }
    graphics.dispose();
    return sheet;
  }
}
