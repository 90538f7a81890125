package org.dinojvm.verify.training;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Splitter;
import java.util.List;
import org.dinojvm.data.augment.Compiled;
import org.dinojvm.data.augment.ImageOps;
import org.dinojvm.data.augment.Interpolation;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * An image operation as reference files name it, with its parameters, made of the project's own.
 */
enum ImageOperation {
  RESIZED_CROP_BICUBIC("resized_crop_bicubic", 2),
  RESIZED_CROP_BILINEAR("resized_crop_bilinear", 2),
  BRIGHTNESS("brightness", 2),
  CONTRAST("contrast", 2),
  SATURATION("saturation", 2),
  HUE("hue", 3),
  GRAYSCALE("grayscale", 2),
  FLIP("flip", 0),
  GAUSSIAN_BLUR("gaussian_blur", 3),
  SOLARIZE("solarize", 0),
  CHAIN("chain", 3);

  /** The published transform's. */
  private static final float LARGEST_RADIUS = 2;

  private static final double SOLARIZE_THRESHOLD = 128;

  private final String prefix;
  private final int tolerance;

  /**
   * @param prefix what its results' names start with
   * @param tolerance largest difference allowed, of 255; moving and inverting bytes is exact
   */
  ImageOperation(String prefix, int tolerance) {
    this.prefix = prefix;
    this.tolerance = tolerance;
  }

  /** The operation whose result has that name. */
  static ImageOperation of(String name) {
    for (ImageOperation operation : values()) {
      if (name.startsWith(operation.prefix)) {
        return operation;
      }
    }
    throw new IllegalArgumentException("'%s' names no known operation".formatted(name));
  }

  String prefix() {
    return prefix;
  }

  int tolerance() {
    return tolerance;
  }

  boolean isResizedCrop() {
    return this == RESIZED_CROP_BICUBIC || this == RESIZED_CROP_BILINEAR;
  }

  /**
   * Applies the operation.
   *
   * @param picture [H, W, 3]
   * @return [3, 1, H, W]
   */
  Operand<TFloat32> apply(Ops tf, Operand<TUint8> picture, JsonNode parameters) {
    if (isResizedCrop()) {
      return crop(tf, picture, parameters);
    }
    return Compiled.call(
        tf,
        ImageOps.planes(tf, tf.expandDims(picture, tf.constant(0))),
        (ops, crops) ->
            this == CHAIN
                ? chain(ops, crops, parameters.path("order").asText())
                : apply(ops, crops, parameter(parameters)));
  }

  private Operand<TFloat32> crop(Ops tf, Operand<TUint8> picture, JsonNode box) {
    return ImageOps.resizedCrops(
        tf,
        picture,
        tf.constant(
            new int[][] {
              {whole(box, "top"), whole(box, "left"), whole(box, "height"), whole(box, "width")}
            }),
        whole(box, "size"),
        this == RESIZED_CROP_BICUBIC ? Interpolation.BICUBIC : Interpolation.BILINEAR);
  }

  private static int whole(JsonNode parameters, String key) {
    checkArgument(parameters.path(key).isInt(), "parameter '%s' is not a whole number", key);
    return parameters.get(key).asInt();
  }

  /** The operation's one number; 0 where it has none. */
  private double parameter(JsonNode parameters) {
    return switch (this) {
      case GRAYSCALE, FLIP -> 0;
      case SOLARIZE -> parameters.path("threshold").asDouble(SOLARIZE_THRESHOLD);
      case GAUSSIAN_BLUR -> number(parameters, "radius");
      case BRIGHTNESS, CONTRAST, SATURATION, HUE -> number(parameters, "factor");
      case RESIZED_CROP_BICUBIC, RESIZED_CROP_BILINEAR, CHAIN ->
          throw new IllegalStateException(this + " has more than one number");
    };
  }

  private static double number(JsonNode parameters, String key) {
    checkArgument(parameters.path(key).isNumber(), "parameter '%s' is not a number", key);
    return parameters.get(key).asDouble();
  }

  private Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crops, double value) {
    Operand<TFloat32> number = tf.constant(new float[][][] {{{(float) value}}});
    return switch (this) {
      case BRIGHTNESS -> ImageOps.brightness(tf, crops, number);
      case CONTRAST -> ImageOps.contrast(tf, crops, number);
      case SATURATION -> ImageOps.saturation(tf, crops, number);
      case HUE -> ImageOps.hue(tf, crops, number);
      case GRAYSCALE -> ImageOps.grayscale(tf, crops);
      case FLIP -> ImageOps.flip(tf, crops);
      case GAUSSIAN_BLUR -> blur(tf, crops, number, (float) value);
      case SOLARIZE -> solarize(tf, crops, value);
      case RESIZED_CROP_BICUBIC, RESIZED_CROP_BILINEAR, CHAIN ->
          throw new IllegalArgumentException("'%s' has no place in a chain".formatted(prefix));
    };
  }

  private static Operand<TFloat32> blur(
      Ops tf, Operand<TFloat32> crops, Operand<TFloat32> radius, float value) {
    return ImageOps.gaussianBlur(tf, crops, radius, Math.max(value, LARGEST_RADIUS));
  }

  private static Operand<TFloat32> solarize(Ops tf, Operand<TFloat32> crops, double threshold) {
    checkArgument(
        threshold == SOLARIZE_THRESHOLD,
        "solarize from %s; the published transform and this project invert from %s",
        threshold,
        SOLARIZE_THRESHOLD);
    return ImageOps.solarize(tf, crops);
  }

  /** Operations in order, such as {@code saturation 0.85, blur 1.2, solarize 128}. */
  private static Operand<TFloat32> chain(Ops tf, Operand<TFloat32> crops, String order) {
    checkArgument(!order.isEmpty(), "the chain has no 'order'");
    Operand<TFloat32> result = crops;
    for (String step : Splitter.on(',').trimResults().split(order)) {
      List<String> words = Splitter.on(' ').splitToList(step);
      String name = words.get(0).equals("blur") ? GAUSSIAN_BLUR.prefix : words.get(0);
      double value = words.size() > 1 ? Double.parseDouble(words.get(1)) : 0;
      result = of(name).apply(tf, result, value);
    }
    return result;
  }
}
