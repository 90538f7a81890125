package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureExtractorTest {

  @TempDir Path directory;

  @Test
  void embedsEachFileInItsRow() throws Exception {
    List<Picture> files = discs(70);
    List<Integer> heard = new ArrayList<>();
    try (FeatureModel model = new TinyFeatureModel()) {
      FeatureExtractor extractor = new FeatureExtractor(model, (done, total) -> heard.add(done));
      float[][] features = extractor.extract(files);

      assertEquals(70, features.length);
      assertEquals(List.of(64, 70), heard);
      for (int row : new int[] {0, 63, 64, 69}) {
        assertArrayEquals(extractor.extract(files.subList(row, row + 1))[0], features[row]);
      }
    }
  }

  @Test
  void namesTheFileThatCannotBeRead() throws Exception {
    List<Picture> files = new ArrayList<>(discs(3));
    files.add(
        1, PictureFiles.picture(Files.writeString(directory.resolve("broken.png"), "no picture")));
    assertFailsNaming("broken.png", files);
    files.set(1, PictureFiles.picture(directory.resolve("missing.png")));
    assertFailsNaming("missing.png", files);
  }

  @Test
  void rawPixelsAreTheMiddleOfThePictureFromMinusOneToOne() throws Exception {
    Path wide = PictureFiles.disc(directory.resolve("wide.png"), Color.RED, 96, 48);
    float[] features;
    try (FeatureModel model = new RawPixelModel()) {
      features = model.embed(wide);
    }

    assertEquals(16 * 16 * 3, features.length);
    assertArrayEquals(new float[] {1, 1, 1}, pixel(features, 0, 8), 0.02f);
    assertArrayEquals(new float[] {1, -1, -1}, pixel(features, 8, 8), 0.02f);
    assertArrayEquals(new float[] {1, -1, -1}, pixel(features, 8, 2), 0.02f);
  }

  private static float[] pixel(float[] features, int row, int column) {
    int start = 3 * (16 * row + column);
    return new float[] {features[start], features[start + 1], features[start + 2]};
  }

  private static void assertFailsNaming(String name, List<Picture> files) {
    try (FeatureModel model = new TinyFeatureModel()) {
      FeatureExtractor extractor = new FeatureExtractor(model, Progress.NONE);
      String message =
          assertThrows(IllegalArgumentException.class, () -> extractor.extract(files)).getMessage();
      assertTrue(message.startsWith("cannot read the picture "), message);
      assertTrue(message.contains(name), message);
      assertEquals(1, message.lines().count(), message);
    }
  }

  private List<Picture> discs(int count) throws Exception {
    List<Picture> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Color color = new Color(Color.HSBtoRGB((float) i / count, 1, 0.8f));
      files.add(
          PictureFiles.picture(
              PictureFiles.disc(directory.resolve(i + ".png"), color, 40 + i, 50)));
    }
    return files;
  }
}
