package org.dinojvm.eval;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.dinojvm.data.source.ImageFolder.Picture;
import org.dinojvm.data.source.Progress;
import org.dinojvm.serve.FeatureModel;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** Embeds pictures with a model, batch by batch. */
public final class FeatureExtractor {

  /** Pictures that are embedded together. */
  public static final int BATCH = 64;

  private final FeatureModel model;
  private final FeatureKind kind;
  private final Progress progress;

  /** Embeds with a model, which stays the caller's to close, by its class token. */
  public FeatureExtractor(FeatureModel model, Progress progress) {
    this(model, FeatureKind.CLS, progress);
  }

  /** Embeds with a model, which stays the caller's to close. */
  public FeatureExtractor(FeatureModel model, FeatureKind kind, Progress progress) {
    this.model = model;
    this.kind = kind;
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
      return embed(pictures.stream().map(FeatureExtractor::read).toArray(byte[][]::new));
    } catch (TFInvalidArgumentException e) {
      if (pictures.size() == 1) {
        throw unreadable(pictures.get(0), e);
      }
      throw findUnreadable(pictures, e);
    }
  }

  /** (N) files' bytes to (N, D). */
  private float[][] embed(byte[][] encoded) {
    if (!kind.needsTokens() || isPlain()) {
      return model.embed(List.of(encoded));
    }
    try (TString pictures = TString.tensorOfBytes(NdArrays.vectorOfObjects(encoded));
        TFloat32 blocks = model.blocks(pictures)) {
      return of(blocks);
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * What the last blocks say of pictures, by the model's evaluation view.
   *
   * @return [N, B, 2, D] as of {@link FeatureModel#blocks}
   * @throws IllegalArgumentException naming the picture that cannot be read, or if the model has
   *     none
   */
  public float[][][][] extractBlocks(List<Picture> pictures) {
    float[][][][] all = new float[pictures.size()][][][];
    for (int from = 0; from < all.length; from += BATCH) {
      int to = Math.min(from + BATCH, all.length);
      float[][][][] some = blocks(pictures.subList(from, to));
      System.arraycopy(some, 0, all, from, some.length);
      progress.report(to, all.length);
    }
    return all;
  }

  private float[][][][] blocks(List<Picture> pictures) {
    byte[][] encoded = pictures.stream().map(FeatureExtractor::read).toArray(byte[][]::new);
    try (TString contents = TString.tensorOfBytes(NdArrays.vectorOfObjects(encoded));
        TFloat32 blocks = model.blocks(contents)) {
      return StdArrays.array4dCopyOf(blocks);
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (TFInvalidArgumentException e) {
      embed(pictures); // says which picture it is
      throw e;
    }
  }

  /**
   * Embeds decoded pictures.
   *
   * @param images [N, H, W, 3] RGB in 0…1
   * @return [N, D], one row a picture, not normalized
   * @throws IllegalArgumentException if the model has no features of this kind
   */
  public float[][] extract(TFloat32 images) {
    if (!kind.needsTokens() || isPlain()) {
      try (TFloat32 features = model.features(images)) {
        return StdArrays.array2dCopyOf(features);
      }
    }
    try (TFloat32 blocks = model.blocks(images)) {
      return of(blocks);
    } catch (UnsupportedOperationException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** (N, B, 2, D) to (N, D). */
  private float[][] of(TFloat32 blocks) {
    return Arrays.stream(StdArrays.array4dCopyOf(blocks)).map(kind::of).toArray(float[][]::new);
  }

  /** Of raw pixels there is one kind of features, which any other is compared with. */
  private boolean isPlain() {
    return model instanceof RawPixelModel;
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
