package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * The published evaluation view, shorter side to 256 and center 224, of two JPEGs, against what
 * Pillow and torchvision make of them ({@code pillow-view/make.py}).
 */
class PillowViewTest {

  private static final int SIDE = 224;

  @ParameterizedTest
  @ValueSource(strings = {"landscape", "portrait"})
  void pixelsAreThoseOfPillow(String name) throws IOException {
    float[] expected = pillowsView(name);
    float[] actual;
    try (PictureReader reader = new PictureReader(new EvalView(256, SIDE, EvalView.Fit.CROP))) {
      actual = reader.read(PictureFiles.picture(resource(name + ".jpg")));
    }
    double largest = 0;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = 255 * Math.abs(expected[i] - actual[i]);
      largest = Math.max(largest, difference);
      sum += difference;
    }
    assertTrue(largest < 1.5, name + ": largest difference " + largest + " of 255");
    assertTrue(sum / expected.length < 0.1, name + ": mean " + sum / expected.length + " of 255");
  }

  @Test
  void bytesGiveTheFeaturesOfPillowsView() throws IOException {
    TrainConfig config =
        TrainConfig.defaults()
            .with(Map.of("arch", "vit_tiny", "embed_dim", 32, "depth", 2, "num_heads", 2))
            .with(Map.of("out_dim", 64, "head_hidden_dim", 48, "head_bottleneck_dim", 16));
    try (FeatureModel model = FeatureModels.untrained(config.model(), 0)) {
      float[] landscape = ofPillowsView(model, "landscape");
      float[] portrait = ofPillowsView(model, "portrait");
      double allowed = 2e-3; // a step of 1/255 here and there
      assertTrue(distance(landscape, ofBytes(model, "landscape")) < allowed);
      assertTrue(distance(portrait, ofBytes(model, "portrait")) < allowed);
      assertTrue(distance(landscape, portrait) > 50 * allowed, "the network must see a difference");
    }
  }

  private static float[] ofBytes(FeatureModel model, String name) throws IOException {
    byte[][] contents = {Files.readAllBytes(resource(name + ".jpg"))};
    try (TString encoded = TString.tensorOfBytes(NdArrays.vectorOfObjects(contents));
        TFloat32 features = model.features(encoded)) {
      return StdArrays.array2dCopyOf(features)[0];
    }
  }

  private static float[] ofPillowsView(FeatureModel model, String name) throws IOException {
    try (TFloat32 images =
            TFloat32.tensorOf(Shape.of(1, SIDE, SIDE, 3), DataBuffers.of(pillowsView(name)));
        TFloat32 features = model.features(images)) {
      return StdArrays.array2dCopyOf(features)[0];
    }
  }

  /** [224, 224, 3] in 0…1, read by Java's own decoder. */
  private static float[] pillowsView(String name) throws IOException {
    BufferedImage view = ImageIO.read(resource(name + ".png").toFile());
    float[] pixels = new float[SIDE * SIDE * 3];
    for (int i = 0; i < pixels.length; i++) {
      int rgb = view.getRGB(i / 3 % SIDE, i / 3 / SIDE);
      pixels[i] = (rgb >> (16 - 8 * (i % 3)) & 255) / 255f;
    }
    return pixels;
  }

  private static Path resource(String name) {
    return Path.of(URI.create(PillowViewTest.class.getResource("/pillow-view/" + name).toString()));
  }

  /** ‖a − b‖ / ‖a‖ */
  private static double distance(float[] a, float[] b) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < a.length; i++) {
      difference += (a[i] - b[i]) * (double) (a[i] - b[i]);
      norm += a[i] * (double) a[i];
    }
    return Math.sqrt(difference / norm);
  }
}
