package org.dinojvm.eval.video;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.eval.pixels.Bilinear;
import org.dinojvm.eval.pixels.IndexedPng;
import org.dinojvm.eval.pixels.LabelMap;
import org.dinojvm.eval.pixels.RgbPicture;

/**
 * A video's results as files: {@code VIDEO/00000.png} and so on with the annotation's palette,
 * which the published scoring tools read, and {@code VIDEO.gif}, the objects over the frames.
 */
final class VideoDrawing {

  /** Width of the animated picture in pixels. */
  private static final int WIDTH = 360;

  private static final int FRAMES_PER_SECOND = 10;

  private final Path folder;
  private final String name;
  private final IndexColorModel palette;
  private final List<BufferedImage> frames = new ArrayList<>();

  VideoDrawing(Path folder, String name, IndexColorModel palette) {
    this.folder = folder;
    this.name = name;
    this.palette = palette;
  }

  void add(String fileName, RgbPicture frame, LabelMap result) throws IOException {
    Path own = Files.createDirectories(folder.resolve(name));
    new IndexedPng(result, palette).write(own.resolve(fileName));
    frames.add(overlaid(frame, result));
  }

  void finish() throws IOException {
    AnimatedGif.write(frames, FRAMES_PER_SECOND, folder.resolve(name + ".gif"));
  }

  /** The frame, half covered by the objects' colors. */
  private BufferedImage overlaid(RgbPicture frame, LabelMap result) {
    int width = Math.min(WIDTH, frame.width());
    int height = Math.max(1, frame.height() * width / frame.width());
    LabelMap labels = result.nearest(height, width);
    BufferedImage image = Bilinear.resize(frame, height, width).image();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int label = labels.at(y, x);
        if (label != 0 && label < palette.getMapSize()) {
          image.setRGB(x, y, mixed(image.getRGB(x, y), palette.getRGB(label)));
        }
      }
    }
    return image;
  }

  /** The mean of two colors. */
  private static int mixed(int a, int b) {
    return ((a >> 1) & 0x7f7f7f) + ((b >> 1) & 0x7f7f7f);
  }
}
