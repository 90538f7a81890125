package org.dinojvm.cli;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.dinojvm.eval.pixels.IndexedPng;
import org.dinojvm.eval.pixels.LabelMap;

/** Small data sets in the layouts of DAVIS, VOC, Copydays and revisited Oxford. */
final class DataSets {

  private static final int SIDE = 96;
  private static final int RADIUS = 14;

  private DataSets() {}

  /** A red and a blue disc that move over a pattern, for six frames. */
  static Path davis(Path root) throws IOException {
    Path list = root.resolve("ImageSets/2017/val.txt");
    Files.createDirectories(list.getParent());
    Files.writeString(list, "discs\n");
    for (int frame = 0; frame < 6; frame++) {
      scene(
          root.resolve("JPEGImages/480p/discs/%05d.jpg".formatted(frame)),
          root.resolve("Annotations/480p/discs/%05d.png".formatted(frame)),
          24 + 6 * frame,
          72 - 5 * frame);
    }
    return root;
  }

  /** Three pictures of discs with their objects. */
  static Path voc(Path root) throws IOException {
    Path list = root.resolve("ImageSets/Segmentation/val.txt");
    Files.createDirectories(list.getParent());
    Files.write(list, List.of("one", "two", "three"));
    for (String name : List.of("one", "two", "three")) {
      scene(
          root.resolve("JPEGImages/" + name + ".jpg"),
          root.resolve("SegmentationObject/" + name + ".png"),
          30 + 5 * name.length(),
          60);
    }
    return root;
  }

  private static void scene(Path picture, Path mask, int redX, int blueX) throws IOException {
    BufferedImage image = pattern(7);
    byte[] labels = new byte[SIDE * SIDE];
    Graphics2D graphics = image.createGraphics();
    disc(graphics, labels, Color.RED, 1, redX, 30);
    disc(graphics, labels, Color.BLUE, 2, blueX, 68);
    graphics.dispose();
    write(image, picture);
    Files.createDirectories(mask.getParent());
    new IndexedPng(new LabelMap(SIDE, SIDE, labels), IndexedPng.standardPalette()).write(mask);
  }

  private static void disc(
      Graphics2D graphics, byte[] labels, Color color, int label, int centerX, int centerY) {
    graphics.setColor(color);
    graphics.fillOval(centerX - RADIUS, centerY - RADIUS, 2 * RADIUS, 2 * RADIUS);
    for (int i = 0; i < labels.length; i++) {
      int dx = i % SIDE - centerX;
      int dy = i / SIDE - centerY;
      if (dx * dx + dy * dy < RADIUS * RADIUS) {
        labels[i] = (byte) label;
      }
    }
  }

  /** Light rectangles at random. */
  static BufferedImage pattern(long seed) {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    for (int i = 0; i < 60; i++) {
      graphics.setColor(Color.getHSBColor(random.nextFloat(), 0.9f * random.nextFloat(), 0.9f));
      graphics.fillRect(random.nextInt(SIDE), random.nextInt(SIDE), 30, 30);
    }
    graphics.dispose();
    return image;
  }

  static void write(BufferedImage image, Path file) throws IOException {
    Files.createDirectories(file.getParent());
    ImageIO.write(image, file.toString().endsWith("png") ? "png" : "jpg", file.toFile());
  }

  /** Six originals, each once strongly attacked, once cropped and once as a poor JPEG. */
  static Path copydays(Path root) throws IOException {
    for (int i = 0; i < 6; i++) {
      BufferedImage image = pattern(i);
      write(image, root.resolve("original/20%02d00.jpg".formatted(i)));
      write(image.getSubimage(8, 8, 80, 80), root.resolve("strong/20%02d01.jpg".formatted(i)));
      write(image.getSubimage(4, 4, 88, 88), root.resolve("crops/10/20%02d00.jpg".formatted(i)));
      write(image, root.resolve("jpegqual/3/20%02d00.jpg".formatted(i)));
    }
    return root;
  }

  /**
   * Eight pictures in pairs; the query is the second of a pair, and easy, hard and junk are told by
   * a pickle of protocol 2 with a numpy array in it.
   */
  static Path oxford(Path root) throws IOException {
    for (int i = 0; i < 8; i++) {
      BufferedImage image = pattern(i / 2);
      write(image.getSubimage(i % 2 * 6, 0, 90, 90), root.resolve("jpg/p%d.jpg".formatted(i)));
    }
    StringBuilder pickle = new StringBuilder("\u0080\u0002}(");
    text(pickle, "imlist").append(']').append('(');
    for (int i = 0; i < 8; i++) {
      text(pickle, "p" + i);
    }
    pickle.append('e');
    text(pickle, "qimlist").append("](");
    text(pickle, "p1");
    text(pickle, "p5").append('e');
    text(pickle, "gnd").append("](");
    entry(pickle, 0, 2, 1);
    entry(pickle, 4, 6, 5);
    pickle.append("eu.");
    Files.write(
        root.resolve("gnd_small.pkl"), pickle.toString().getBytes(StandardCharsets.ISO_8859_1));
    return root;
  }

  /** {@code {'easy': [e], 'hard': numpy.array([h]), 'junk': [j], 'bbx': [10., 10., 80., 80.]}}. */
  private static void entry(StringBuilder pickle, int easy, int hard, int junk) {
    pickle.append("}(");
    text(pickle, "easy").append("]K").append((char) easy).append('a');
    text(pickle, "hard").append("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\u0000");
    pickle.append("\u0085U\u0001btR"); // (0,), 'b'
    pickle.append("(K\u0001K\u0001\u0085cnumpy\ndtype\n(U\u0002i8K\u0000K\u0001tR");
    pickle.append("(K\u0003U\u0001<NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\u0000tb");
    pickle.append("\u0089C\b").append((char) hard).append("\0\0\0\0\0\0\0tb");
    text(pickle, "junk").append("]K").append((char) junk).append('a');
    text(pickle, "bbx").append("](");
    for (int i = 0; i < 4; i++) {
      pickle.append(i < 2 ? "G@$\0\0\0\0\0\0" : "G@T\0\0\0\0\0\0"); // 10, 80
    }
    pickle.append("eu");
  }

  private static StringBuilder text(StringBuilder pickle, String text) {
    return pickle.append('X').append((char) text.length()).append("\0\0\0").append(text);
  }
}
