package org.dinojvm.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.data.source.ImageFolder.Picture;

/** Features that are streamed to a temporary file, which is gone when the process ends. */
final class SpooledFeatures {

  private SpooledFeatures() {}

  /** Embeds pictures batch by batch; no more than a batch is in memory. */
  static FeatureRows of(List<Picture> pictures, FeatureExtractor extractor) {
    try {
      Path file = Files.createTempFile("dino-features", ".partial");
      file.toFile().deleteOnExit();
      List<Picture> first = pictures.subList(0, 1);
      int width = extractor.extract(first)[0].length;
      PartialFeatures rows = PartialFeatures.open(file, new byte[0], width, FeatureExtractor.BATCH);
      extractor.extract(pictures, 0, rows::append);
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException("features cannot be streamed to disk: " + e.getMessage(), e);
    }
  }
}
