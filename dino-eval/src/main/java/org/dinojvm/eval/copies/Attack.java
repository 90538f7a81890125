package org.dinojvm.eval.copies;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.dinojvm.eval.pixels.Jpeg;
import org.dinojvm.eval.pixels.PillowResize;
import org.dinojvm.eval.pixels.RgbPicture;

/** What is done to a picture so that its copy is not easily found. */
public enum Attack {
  /** Half of its area, somewhere. */
  CROP {
    @Override
    RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random) {
      int height = Math.max(1, (int) (picture.height() * HALF_OF_AREA));
      int width = Math.max(1, (int) (picture.width() * HALF_OF_AREA));
      return picture.crop(
          random.nextInt(picture.height() - height + 1),
          random.nextInt(picture.width() - width + 1),
          height,
          width);
    }
  },
  /** Each channel lighter or darker by up to half, and with more or less contrast. */
  RECOLOR {
    @Override
    RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random) {
      double[] factors = new double[CHANNELS];
      double[] shifts = new double[CHANNELS];
      for (int channel = 0; channel < CHANNELS; channel++) {
        factors[channel] = 0.5 + random.nextDouble();
        shifts[channel] = 60 * (random.nextDouble() - 0.5);
      }
      byte[] values = picture.values().clone();
      for (int i = 0; i < values.length; i++) {
        int channel = i % CHANNELS;
        double value = 128 + (Byte.toUnsignedInt(values[i]) - 128) * factors[channel];
        values[i] = level(value + shifts[channel]);
      }
      return new RgbPicture(picture.height(), picture.width(), values);
    }
  },
  /** Without colors. */
  GRAY {
    @Override
    RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random) {
      byte[] values = picture.values().clone();
      for (int i = 0; i < values.length; i += CHANNELS) {
        double luma = // ITU-R 601-2
            0.299 * Byte.toUnsignedInt(values[i])
                + 0.587 * Byte.toUnsignedInt(values[i + 1])
                + 0.114 * Byte.toUnsignedInt(values[i + 2]);
        Arrays.fill(values, i, i + CHANNELS, level(luma));
      }
      return new RgbPicture(picture.height(), picture.width(), values);
    }
  },
  /** Reduced to an eighth of its sides and enlarged again. */
  BLUR {
    @Override
    RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random) {
      RgbPicture small =
          PillowResize.BICUBIC.resize(
              picture, Math.max(1, picture.height() / 8), Math.max(1, picture.width() / 8));
      return PillowResize.BICUBIC.resize(small, picture.height(), picture.width());
    }
  },
  /** Mirrored, and turned by up to 30 degrees either way. */
  MIRROR_ROTATE {
    @Override
    RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random) {
      double angle = Math.toRadians(60 * (random.nextDouble() - 0.5));
      AffineTransform turned = new AffineTransform();
      turned.rotate(angle, picture.width() / 2.0, picture.height() / 2.0);
      turned.translate(picture.width(), 0);
      turned.scale(-1, 1);
      return drawn(picture.height(), picture.width(), picture, turned, null);
    }
  },
  /** A JPEG of the lowest quality that is still seen to be the same. */
  JPEG {
    @Override
    RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random) {
      try {
        return RgbPicture.of(
            ImageIO.read(new ByteArrayInputStream(Jpeg.bytes(picture.image(), JPEG_QUALITY))));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  },
  /** Half as wide and high, somewhere in another picture. */
  INSET {
    @Override
    RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random) {
      double scaleX = other.width() / 2.0 / picture.width();
      double scaleY = other.height() / 2.0 / picture.height();
      AffineTransform placed = new AffineTransform();
      placed.translate(
          random.nextDouble() * other.width() / 2, random.nextDouble() * other.height() / 2);
      placed.scale(scaleX, scaleY);
      return drawn(other.height(), other.width(), picture, placed, other);
    }
  };

  private static final int CHANNELS = 3;
  private static final double HALF_OF_AREA = Math.sqrt(0.5);
  private static final float JPEG_QUALITY = 0.08f;

  /**
   * Makes a copy.
   *
   * @param other a picture to set it into
   * @param seed of what is drawn, together with the attack and the picture's number
   */
  public RgbPicture copy(RgbPicture picture, RgbPicture other, long seed, int number) {
    SplittableRandom random =
        new SplittableRandom((seed * 1_000_003 + number) * 1_000_003 + key().hashCode());
    return of(picture, other, random);
  }

  abstract RgbPicture of(RgbPicture picture, RgbPicture other, SplittableRandom random);

  /** The name in lower case. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static byte level(double value) {
    return (byte) Math.round(Math.max(0, Math.min(255, value)));
  }

  private static RgbPicture drawn(
      int height, int width, RgbPicture picture, AffineTransform transform, RgbPicture ground) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    if (ground != null) {
      graphics.drawImage(ground.image(), 0, 0, null);
    }
    graphics.drawImage(picture.image(), transform, null);
    graphics.dispose();
    return RgbPicture.of(image);
  }
}
