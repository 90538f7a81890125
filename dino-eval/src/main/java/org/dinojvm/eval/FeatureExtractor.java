package org.dinojvm.eval;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.serve.FeatureModel;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/** Embeds pictures with a model, batch by batch. */
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
   * @param pictures JPEG, PNG, GIF or BMP
   * @return [N, D], one row a picture in their order, not normalized
   * @throws IllegalArgumentException naming the picture that cannot be read
   */
  public float[][] extract(List<Picture> pictures) {
    List<float[]> features = new ArrayList<>(pictures.size());
    extract(pictures, 0, batch -> features.addAll(List.of(batch)));
    return features.toArray(float[][]::new);
  }

  /**
   * Embeds pictures batch by batch.
   *
   * @param pictures JPEG, PNG, GIF or BMP
   * @param from index of the first one to embed
   * @param batches gets the rows of {@link #BATCH} pictures at a time, of fewer at the end
   * @throws IllegalArgumentException naming the picture that cannot be read
   */
  public void extract(List<Picture> pictures, int from, Consumer<float[][]> batches) {
    for (int begin = from; begin < pictures.size(); begin += BATCH) {
      int end = Math.min(begin + BATCH, pictures.size());
      batches.accept(embed(pictures.subList(begin, end)));
      progress.report(end, pictures.size());
    }
  }

  private float[][] embed(List<Picture> pictures) {
    try {
      return model.embed(pictures.stream().map(FeatureExtractor::read).toList());
    } catch (TFInvalidArgumentException e) {
      if (pictures.size() == 1) {
        throw unreadable(pictures.get(0), e);
      }
      throw findUnreadable(pictures, e);
    }
  }

  /** A batch fails as a whole: one picture at a time tells which. */
  private TFInvalidArgumentException findUnreadable(
      List<Picture> pictures, TFInvalidArgumentException failure) {
    for (Picture picture : pictures) {
      embed(List.of(picture));
    }
    return failure;
  }

  static byte[] read(Picture picture) {
    try {
      return picture.read();
    } catch (IOException e) {
      throw unreadable(picture, e);
    }
  }

  static IllegalArgumentException unreadable(Picture picture, Exception cause) {
    return new IllegalArgumentException(
        "cannot read the picture %s (%s): repair it, or move it out of the folder"
            .formatted(picture.name(), firstLine(cause)),
        cause);
  }

  private static String firstLine(Exception cause) {
    return cause.getClass().getSimpleName()
        + (cause.getMessage() == null
            ? ""
            : ": " + cause.getMessage().lines().findFirst().orElse(""));
  }
}
