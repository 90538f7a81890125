package org.dinojvm.cli.bench;

import com.google.common.collect.ImmutableMap;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.eval.pixels.PictureLoader;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.visual.Png;

/**
 * A folder of pictures with copies and outliers that are known: crops of 60 to 90 % of either side
 * and pictures in other tints; noise, gratings, text and scribbles.
 *
 * @param folder with all of them
 * @param originals what each copy is of, by file name
 * @param outliers file names
 */
record PlantedPictures(Path folder, ImmutableMap<String, String> originals, List<String> outliers) {

  private static final int SIDE = 128;

  /** Writes them into a new folder. */
  static PlantedPictures write(
      Path folder, List<Picture> pictures, int copies, int outliers, long seed) throws IOException {
    Random random = new Random(seed);
    Files.createDirectories(folder);
    List<Picture> shuffled = new ArrayList<>(pictures);
    Collections.shuffle(shuffled, random);
    Map<String, String> originals = new LinkedHashMap<>();
    try (PictureLoader loader = new PictureLoader()) {
      for (int i = 0; i < shuffled.size(); i++) {
        BufferedImage picture = loader.decode(shuffled.get(i).read()).image();
        String name = "original-%05d.png".formatted(i);
        Png.write(picture, folder.resolve(name));
        if (i < copies) {
          String copy = "copy-%05d.png".formatted(i);
          Png.write(
              i % 2 == 0 ? cropped(picture, random) : tinted(picture, random),
              folder.resolve(copy));
          originals.put(copy, name);
        }
      }
    }
    List<String> strange = new ArrayList<>();
    for (int i = 0; i < outliers; i++) {
      String name = "outlier-%05d.png".formatted(i);
      Png.write(outlier(i % 4, random), folder.resolve(name));
      strange.add(name);
    }
    return new PlantedPictures(folder, ImmutableMap.copyOf(originals), strange);
  }

  private static BufferedImage cropped(BufferedImage picture, Random random) {
    int width = Math.max(1, (int) (picture.getWidth() * (0.6 + 0.3 * random.nextDouble())));
    int height = Math.max(1, (int) (picture.getHeight() * (0.6 + 0.3 * random.nextDouble())));
    return picture.getSubimage(
        random.nextInt(picture.getWidth() - width + 1),
        random.nextInt(picture.getHeight() - height + 1),
        width,
        height);
  }

  /** Each channel times 0.75 to 1.25, and all lighter or darker. */
  private static BufferedImage tinted(BufferedImage picture, Random random) {
    byte[] values = RgbPicture.of(picture).values().clone();
    double[] factor = new double[3];
    double shift = 40 * (random.nextDouble() - 0.5);
    for (int channel = 0; channel < 3; channel++) {
      factor[channel] = 0.75 + 0.5 * random.nextDouble();
    }
    for (int i = 0; i < values.length; i++) {
      double value = Byte.toUnsignedInt(values[i]) * factor[i % 3] + shift;
      values[i] = (byte) Math.round(Math.max(0, Math.min(255, value)));
    }
    return new RgbPicture(picture.getHeight(), picture.getWidth(), values).image();
  }

  private static BufferedImage outlier(int kind, Random random) {
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    switch (kind) {
      case 0 -> noise(picture, 1 + random.nextInt(8), random);
      case 1 -> grating(picture, random);
      case 2 -> text(graphics, random);
      default -> scribble(graphics, random);
    }
    graphics.dispose();
    return picture;
  }

  private static void noise(BufferedImage picture, int grain, Random random) {
    long seed = random.nextLong();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        long cell = (long) (y / grain) * SIDE + x / grain;
        picture.setRGB(x, y, new Random(seed + 7919 * cell).nextInt(1 << 24));
      }
    }
  }

  private static void grating(BufferedImage picture, Random random) {
    double angle = random.nextDouble() * Math.PI;
    double frequency = 0.1 + random.nextDouble();
    float hue = random.nextFloat();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double phase = frequency * (x * Math.cos(angle) + y * Math.sin(angle));
        picture.setRGB(x, y, Color.HSBtoRGB(hue, 0.9f, (float) (0.5 + 0.5 * Math.sin(phase))));
      }
    }
  }

  private static void text(Graphics2D graphics, Random random) {
    graphics.setColor(new Color(random.nextInt(1 << 24)));
    graphics.fillRect(0, 0, SIDE, SIDE);
    graphics.setFont(new Font(Font.MONOSPACED, Font.PLAIN, 7 + random.nextInt(10)));
    for (int line = 0; line < 20; line++) {
      graphics.setColor(new Color(random.nextInt(1 << 24)));
      graphics.drawString(Long.toString(random.nextLong(), 36).repeat(3), 0, 8 + 9 * line);
    }
  }

  private static void scribble(Graphics2D graphics, Random random) {
    for (int i = 0; i < 400; i++) {
      graphics.setColor(new Color(random.nextInt(1 << 24)));
      graphics.drawLine(
          random.nextInt(SIDE), random.nextInt(SIDE), random.nextInt(SIDE), random.nextInt(SIDE));
    }
  }
}
