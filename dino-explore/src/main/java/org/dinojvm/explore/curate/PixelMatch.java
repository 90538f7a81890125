package org.dinojvm.explore.curate;

import java.util.ArrayList;
import java.util.List;
import org.dinojvm.eval.pixels.PillowResize;
import org.dinojvm.eval.pixels.RgbPicture;

/**
 * Whether one picture is a part of another, in whatever light: the normalized cross-correlation of
 * their brightness, at the best scale and place. A model finds alike what means the same; a copy
 * has the same pixels, too.
 */
final class PixelMatch {

  /** Length that a picture's longer side is compared at, in pixels. */
  private static final int SIDE = 28;

  /** Shares of the longer side that a part may have, the largest first. */
  private static final double[] SCALES = {1, 0.94, 0.88, 0.82, 0.76, 0.7, 0.65, 0.6, 0.55, 0.5};

  /** Pixels that a part has at least on its shorter side; fewer would match anywhere. */
  private static final int LEAST_SIDE = 8;

  /** Of brightness, 0 to 255, below which a picture has nothing to be known by. */
  private static final double LEAST_VARIANCE = 16;

  private final int width;
  private final int height;
  private final List<Gray> parts;

  /** Brightness by row and column. */
  private record Gray(int width, int height, float[] values) {

    float at(int x, int y) {
      return values[y * width + x];
    }
  }

  private PixelMatch(int width, int height, List<Gray> parts) {
    this.width = width;
    this.height = height;
    this.parts = parts;
  }

  /** Prepares a picture: small, and as the part that it might be of another, at each scale. */
  static PixelMatch of(RgbPicture picture) {
    double fit = (double) SIDE / Math.max(picture.width(), picture.height());
    List<Gray> parts = new ArrayList<>();
    for (double scale : SCALES) {
      int width = side(picture.width() * fit * scale);
      int height = side(picture.height() * fit * scale);
      if (parts.isEmpty() || Math.min(width, height) >= LEAST_SIDE) {
        parts.add(gray(PillowResize.LANCZOS.resize(picture, height, width)));
      }
    }
    return new PixelMatch(parts.get(0).width, parts.get(0).height, parts);
  }

  private static int side(double length) {
    return Math.max(1, (int) Math.round(length));
  }

  private static Gray gray(RgbPicture picture) {
    byte[] rgb = picture.values();
    float[] values = new float[picture.width() * picture.height()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          0.299f * Byte.toUnsignedInt(rgb[3 * i])
              + 0.587f * Byte.toUnsignedInt(rgb[3 * i + 1])
              + 0.114f * Byte.toUnsignedInt(rgb[3 * i + 2]);
    }
    return new Gray(picture.width(), picture.height(), values);
  }

  /** The correlation of two pictures where one is best taken for a part of the other, −1 to 1. */
  double with(PixelMatch other) {
    return Math.max(bestIn(other), other.bestIn(this));
  }

  private double bestIn(PixelMatch other) {
    double best = -1;
    for (Gray part : parts) {
      for (int top = 0; top <= other.height - part.height; top++) {
        for (int left = 0; left <= other.width - part.width; left++) {
          best = Math.max(best, correlation(part, other.parts.get(0), left, top));
        }
      }
    }
    return best;
  }

  /** Of a part with what lies below it; 0 where either is of one color. */
  private static double correlation(Gray part, Gray whole, int left, int top) {
    int count = part.width * part.height;
    double sumA = 0;
    double sumB = 0;
    double squaresA = 0;
    double squaresB = 0;
    double products = 0;
    for (int y = 0; y < part.height; y++) {
      for (int x = 0; x < part.width; x++) {
        double a = part.at(x, y);
        double b = whole.at(left + x, top + y);
        sumA += a;
        sumB += b;
        squaresA += a * a;
        squaresB += b * b;
        products += a * b;
      }
    }
    double varianceA = squaresA - sumA * sumA / count;
    double varianceB = squaresB - sumB * sumB / count;
    double both = products - sumA * sumB / count;
    double least = LEAST_VARIANCE * count;
    return varianceA < least || varianceB < least ? 0 : both / Math.sqrt(varianceA * varianceB);
  }
}
