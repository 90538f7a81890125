package org.dinojvm.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.knn.KnnClassifier;
import org.dinojvm.eval.knn.KnnClassifier.Ranks;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Features on disk are those in memory. */
class SpooledFeaturesTest {

  private static final int COUNT = 70; // a batch and part of one

  @TempDir Path directory;

  @Test
  void rowsAndNeighboursAreTheSame() throws Exception {
    List<Picture> pictures = new ArrayList<>();
    int[] labels = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      labels[i] = i % 3;
      Color color = Color.getHSBColor(labels[i] / 6f + i / 400f, 1, 1);
      pictures.add(
          PictureFiles.picture(
              PictureFiles.disc(directory.resolve(i + ".png"), color, 40 + i % 7, 40)));
    }
    try (FeatureModel model = new TinyFeatureModel()) {
      FeatureExtractor extractor = new FeatureExtractor(model, Progress.NONE);
      float[][] inMemory = extractor.extract(pictures);
      FeatureRows onDisk = SpooledFeatures.of(pictures, extractor);

      assertEquals(COUNT, onDisk.rows());
      assertEquals(inMemory[0].length, onDisk.width());
      assertArrayEquals(inMemory, onDisk.read(0, COUNT));
      assertArrayEquals(new float[][] {inMemory[64], inMemory[65]}, onDisk.read(64, 66));
      onDisk.forEach((index, row) -> assertArrayEquals(inMemory[index], row));
      Ranks expected = ranks(FeatureRows.of(inMemory), labels);
      assertArrayEquals(expected.ranks(), ranks(onDisk, labels).ranks());
      assertEquals(expected.score(), ranks(onDisk, labels).score());
    }
  }

  private static Ranks ranks(FeatureRows rows, int[] labels) {
    return KnnClassifier.leaveOneOutRanks(rows, labels, 3, List.of(5), 0.07, Progress.NONE).get(0);
  }
}
