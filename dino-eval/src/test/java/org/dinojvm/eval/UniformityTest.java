package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.nio.file.Path;
import java.util.Optional;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UniformityTest {

  @TempDir Path directory;

  @Test
  void isTheLogOfTheMeanOverPairs() throws Exception {
    PictureFiles.disc(directory.resolve("1.png"), Color.RED, 40, 40);
    PictureFiles.disc(directory.resolve("2.png"), Color.RED, 40, 40);
    assertEquals(0, uniformity(), 1e-6, "the same picture twice");

    PictureFiles.disc(directory.resolve("3.png"), Color.BLACK, 60, 40);
    PictureFiles.disc(directory.resolve("4.png"), Color.BLUE, 40, 60);
    double mean =
        (1 + 2 * kernel(0, 2) + 2 * kernel(0, 3) + kernel(2, 3)) / 6; // of 6 pairs, one is equal
    assertEquals(Math.log(mean), uniformity(), 1e-6);
  }

  /** exp(−2 ‖x − y‖²) of features divided by their length. */
  private double kernel(int first, int second) throws Exception {
    try (FeatureModel model = new TinyFeatureModel()) {
      float[][] features =
          new FeatureExtractor(model, Progress.NONE)
              .extract(ImageFolder.scan(directory).pictures());
      double distance = 0;
      for (int i = 0; i < features[0].length; i++) {
        double x = features[first][i] / length(features[first]);
        double y = features[second][i] / length(features[second]);
        distance += (x - y) * (x - y);
      }
      return Math.exp(-2 * distance);
    }
  }

  private static double length(float[] row) {
    double squares = 0;
    for (float value : row) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  private double uniformity() throws Exception {
    EvaluationData data = new EvaluationData(ImageFolder.scan(directory), Optional.empty(), false);
    try (FeatureModel model = new TinyFeatureModel()) {
      EvaluationInputs in = new EvaluationInputs(model, data, Progress.NONE);
      return new Uniformity(2).evaluate(in).numbers().get("uniformity");
    }
  }
}
