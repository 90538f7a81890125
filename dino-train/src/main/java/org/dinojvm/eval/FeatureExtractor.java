package org.dinojvm.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dinojvm.export.FeatureModel;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/** Embeds picture files with a model, batch by batch. */
public final class FeatureExtractor {

  /** Pictures that are embedded together. */
  public static final int BATCH = 64;

  private final FeatureModel model;
  private final Progress progress;

  /** Embeds with a model, which stays the caller's to close. */
  public FeatureExtractor(FeatureModel model, Progress progress) {
    this.model = model;
    this.progress = progress;
  }

  /**
   * Embeds pictures by the model's evaluation view.
   *
   * @param files JPEG, PNG, GIF or BMP
   * @return [N, D], one row a file in their order, not normalised
   * @throws IllegalArgumentException naming the file that cannot be read
   */
  public float[][] extract(List<Path> files) {
    List<float[]> features = new ArrayList<>(files.size());
    extract(files, 0, batch -> features.addAll(List.of(batch)));
    return features.toArray(float[][]::new);
  }

  /**
   * Embeds pictures batch by batch.
   *
   * @param files JPEG, PNG, GIF or BMP
   * @param from index of the first one to embed
   * @param batches gets the rows of {@link #BATCH} files at a time, of fewer at the end
   * @throws IllegalArgumentException naming the file that cannot be read
   */
  public void extract(List<Path> files, int from, Consumer<float[][]> batches) {
    for (int begin = from; begin < files.size(); begin += BATCH) {
      int end = Math.min(begin + BATCH, files.size());
      batches.accept(embed(files.subList(begin, end)));
      progress.report(end, files.size());
    }
  }

  private float[][] embed(List<Path> files) {
    try {
      return model.embed(files.stream().map(FeatureExtractor::read).toList());
    } catch (TFInvalidArgumentException e) {
      if (files.size() == 1) {
        throw unreadable(files.get(0), e);
      }
      throw findUnreadable(files, e);
    }
  }

  /** A batch fails as a whole: one file at a time tells which. */
  private TFInvalidArgumentException findUnreadable(
      List<Path> files, TFInvalidArgumentException failure) {
    for (Path file : files) {
      embed(List.of(file));
    }
    return failure;
  }

  static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static IllegalArgumentException unreadable(Path file, Exception cause) {
    return new IllegalArgumentException(
        "cannot read the picture %s (%s): repair it, or move it out of the folder"
            .formatted(file, firstLine(cause)),
        cause);
  }

  private static String firstLine(Exception cause) {
    return cause.getClass().getSimpleName()
        + (cause.getMessage() == null
            ? ""
            : ": " + cause.getMessage().lines().findFirst().orElse(""));
  }
}
