package org.dinojvm.explore.index;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.math.UnitRows;

/** Times an index of many features, made of few real ones: each is one of them and noise. */
public final class IndexBenchmark {

  /** The noise's length over the features': copies of a picture differ as alike ones do. */
  private static final double NOISE = 0.5;

  private static final int QUERIES = 1000;

  private static final int BATCH = 1000;

  private final float[][] features;
  private final int width;

  /**
   * What was measured.
   *
   * @param buildSeconds without computing features
   * @param bytes on the disk
   */
  public record Result(double buildSeconds, long bytes, int segments, Recall recall) {}

  /**
   * Prepares rows of a width.
   *
   * @param real [N, D] features of pictures
   * @param width of the rows to be indexed; real features are projected to it at random
   */
  public IndexBenchmark(float[][] real, int width, long seed) {
    this.width = width;
    this.features = UnitRows.of(projected(UnitRows.of(real), width, new Random(seed)));
  }

  private static float[][] projected(float[][] rows, int width, Random random) {
    float[][] matrix = new float[rows[0].length][width];
    for (float[] row : matrix) {
      for (int i = 0; i < width; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    float[][] projected = new float[rows.length][width];
    for (int r = 0; r < rows.length; r++) {
      for (int d = 0; d < matrix.length; d++) {
        for (int i = 0; i < width; i++) {
          projected[r][i] += rows[r][d] * matrix[d][i];
        }
      }
    }
    return projected;
  }

  /**
   * Builds an index and searches in it.
   *
   * @param folder new
   * @param count rows
   */
  public Result run(Path folder, int count, boolean quantized, long seed, Progress progress)
      throws IOException {
    IndexDescription description =
        new IndexDescription(folder, folder, folder, "benchmark", "benchmark", width, quantized);
    Random random = new Random(seed);
    long begin = System.nanoTime();
    try (FSDirectory directory = FSDirectory.open(folder);
        IndexWriter writer =
            new IndexWriter(
                directory,
                new IndexWriterConfig()
                    .setCodec(VectorCodec.of(quantized))
                    .setRAMBufferSizeMB(IndexUpdate.BUFFER_MEGABYTES))) {
      writer.setLiveCommitData(description.commitData().entrySet());
      for (int row = 0; row < count; row++) {
        writer.addDocument(PictureDocument.of(picture(folder, row), UnitRows.of(noisy(random))[0]));
        if ((row + 1) % BATCH == 0 || row + 1 == count) {
          progress.report(row + 1, count);
        }
      }
      writer.commit();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    try (PictureIndex index = PictureIndex.open(folder)) {
      Recall recall = Recall.of(index, 10, QUERIES, seed);
      return new Result(seconds, index.bytes(), index.segments(), recall);
    }
  }

  /** (1, width). */
  private float[][] noisy(Random random) {
    float[] base = features[random.nextInt(features.length)];
    float[] row = new float[width];
    for (int i = 0; i < width; i++) {
      row[i] = base[i] + (float) (random.nextGaussian() * NOISE / Math.sqrt(width));
    }
    return new float[][] {row};
  }

  private static IndexedPicture picture(Path folder, int row) {
    String name = String.format(Locale.ROOT, "%08d", row);
    return new IndexedPicture(name, folder.resolve(name), Optional.empty(), "", 1, 1, 1, 1, name);
  }
}
