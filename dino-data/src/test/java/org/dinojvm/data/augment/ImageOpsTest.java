package org.dinojvm.data.augment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.io.BaseEncoding;
import com.google.common.io.Resources;
import com.google.common.primitives.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.dinojvm.data.TestPictures;
import org.dinojvm.settings.Rgb;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Every operation against what Pillow 9.4 and torchvision 0.14 made of the same pictures: {@code
 * pillow.tsv} has a line for each, the operation with its parameters and 12 × 12 pixels in hex.
 */
class ImageOpsTest {

  private static final int SIZE = 12;

  /** Leaves bytes as they are. */
  private static final Normalization IN_BYTES =
      new Normalization(new Rgb(0, 0, 0), new Rgb(1 / 255.0, 1 / 255.0, 1 / 255.0));

  @TempDir Path folder;

  static List<String> pillow() throws IOException {
    return Resources.readLines(Resources.getResource("pillow.tsv"), UTF_8);
  }

  @ParameterizedTest
  @MethodSource("pillow")
  void equalsPillow(String line) throws IOException {
    String operation = line.substring(0, line.indexOf('\t'));
    byte[] expected =
        BaseEncoding.base16().lowerCase().decode(line.substring(line.indexOf('\t') + 1));
    String[] words = operation.split(" ");
    double[] parameters = Arrays.stream(words).skip(1).mapToDouble(Double::parseDouble).toArray();

    float[] actual;
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Operand<TFloat32> result = result(Ops.create(graph), words[0], parameters);
      try (Result fetched = session.runner().fetch(result).run()) {
        actual = floats((TFloat32) fetched.get(0));
      }
    }

    int largest = 0;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      int difference = Math.abs(Math.round(actual[i]) - Byte.toUnsignedInt(expected[i]));
      largest = Math.max(largest, difference);
      sum += difference;
    }
    assertTrue(largest <= 1, operation + ": largest difference " + largest);
    assertTrue(sum / expected.length <= 0.25, operation + ": mean " + sum / expected.length);
  }

  @Test
  void identitiesAreExact() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> crops = ImageOps.planes(tf, picture(tf, SIZE, SIZE));
      Operand<TFloat32> same = Compiled.call(tf, crops, ImageOpsTest::identities);
      try (Result fetched = session.runner().fetch(crops).fetch(same).run()) {
        assertEquals(
            Arrays.toString(floats((TFloat32) fetched.get(0))),
            Arrays.toString(floats((TFloat32) fetched.get(1))));
      }
    }
  }

  private static Operand<TFloat32> identities(Ops tf, Operand<TFloat32> crops) {
    Operand<TFloat32> one = factor(tf, 1);
    Operand<TFloat32> same = ImageOps.brightness(tf, crops, one);
    same = ImageOps.contrast(tf, same, one);
    same = ImageOps.saturation(tf, same, one);
    same = ImageOps.gaussianBlur(tf, same, factor(tf, 0), 2);
    return ImageOps.flip(tf, ImageOps.flip(tf, same));
  }

  /** [12, 12, 3], 0…255. */
  private Operand<TFloat32> result(Ops tf, String operation, double[] parameters)
      throws IOException {
    return switch (operation) {
      case "bicubic", "bilinear" -> pixels(tf, resizedCrop(tf, operation, parameters));
      case "eval" -> evalView(tf, (int) parameters[0], (int) parameters[1]);
      default ->
          pixels(
              tf,
              Compiled.call(
                  tf,
                  ImageOps.planes(tf, picture(tf, SIZE, SIZE)),
                  (ops, crops) -> changed(ops, crops, operation, parameters)));
    };
  }

  private static Operand<TFloat32> changed(
      Ops tf, Operand<TFloat32> crops, String operation, double[] parameters) {
    double parameter = parameters.length == 0 ? 0 : parameters[0];
    Operand<TFloat32> number = factor(tf, parameter);
    return switch (operation) {
      case "brightness" -> ImageOps.brightness(tf, crops, number);
      case "contrast" -> ImageOps.contrast(tf, crops, number);
      case "saturation" -> ImageOps.saturation(tf, crops, number);
      case "hue" -> ImageOps.hue(tf, crops, number);
      case "grayscale" -> ImageOps.grayscale(tf, crops);
      case "flip" -> ImageOps.flip(tf, crops);
      case "solarize" -> ImageOps.solarize(tf, crops);
      case "blur" -> ImageOps.gaussianBlur(tf, crops, number, 2);
      case "rotate" -> ImageOps.rotate(tf, crops, tf.constant((float) parameter), 40);
      case "recolor" ->
          ImageOps.recolor(tf, crops, channels(tf, parameters, 0), channels(tf, parameters, 3));
      case "chain" -> chain(tf, crops);
      default -> throw new IllegalArgumentException("no such operation: " + operation);
    };
  }

  private static Operand<TFloat32> resizedCrop(Ops tf, String filter, double[] parameters) {
    int[] box = Arrays.stream(parameters).limit(4).mapToInt(p -> (int) p).toArray();
    Operand<TUint8> picture = tf.squeeze(picture(tf, 30, 40));
    return ImageOps.resizedCrops(
        tf,
        picture,
        tf.constant(new int[][] {box}),
        (int) parameters[4],
        Interpolation.valueOf(filter.toUpperCase(Locale.ROOT)));
  }

  /** As a view that is flipped and jittered, not made gray, but blurred and solarized. */
  private static Operand<TFloat32> chain(Ops tf, Operand<TFloat32> crops) {
    float order = ColorJitter.order("saturation", "brightness", "hue", "contrast");
    List<Float> drawn = new ArrayList<>(Collections.nCopies(2 * CropBoxes.TRIES + 2, 0f));
    drawn.addAll(List.of(1f, order, 1.3f, 0.7f, 0.85f, 0.06f)); // jitter
    drawn.addAll(List.of(1f, 0f, 1f, 1.2f, 1f)); // flip, grayscale, blur and its radius, solarize
    Operand<TFloat32> flipped = ImageOps.flip(tf, crops);
    Operand<TFloat32> views =
        new MultiCropViews(MultiCrop.published(), IN_BYTES)
            .augmented(
                tf,
                tf.linalg.transpose(flipped, tf.constant(new int[] {1, 2, 0, 3})),
                tf.constant(new float[][] {Floats.toArray(drawn)}));
    return tf.linalg.transpose(views, tf.constant(new int[] {3, 0, 1, 2}));
  }

  private Operand<TFloat32> evalView(Ops tf, int resizeSize, int imageSize) throws IOException {
    Path file = TestPictures.write(folder.resolve("picture.png"), "png", 30, 40);
    Operand<TString> encoded = tf.io.readFile(tf.constant(file.toString()));
    return tf.math.mul(
        new EvalView(resizeSize, imageSize, EvalView.Fit.CROP).pixels(tf, encoded),
        tf.constant(255f));
  }

  /** [1, H, W, 3] */
  private static Operand<TUint8> picture(Ops tf, int height, int width) {
    int[][][][] values = new int[1][height][width][3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int channel = 0; channel < 3; channel++) {
          values[0][y][x][channel] = TestPictures.value(y, x, channel);
        }
      }
    }
    return tf.dtypes.cast(tf.constant(values), TUint8.class);
  }

  private static Operand<TFloat32> factor(Ops tf, double value) {
    return tf.constant(new float[][][] {{{(float) value}}});
  }

  /** [3, 1, 1, 1] of three parameters. */
  private static Operand<TFloat32> channels(Ops tf, double[] parameters, int first) {
    float[][][][] values = new float[3][1][1][1];
    for (int channel = 0; channel < 3; channel++) {
      values[channel][0][0][0] = (float) parameters[first + channel];
    }
    return tf.constant(values);
  }

  private static Operand<TFloat32> pixels(Ops tf, Operand<TFloat32> planes) {
    return tf.linalg.transpose(planes, tf.constant(new int[] {1, 2, 3, 0}));
  }

  private static float[] floats(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }
}
