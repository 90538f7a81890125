package org.dinojvm.explore.curate;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.pixels.PictureLoader;
import org.dinojvm.explore.curate.Duplicates.CopyTest;
import org.dinojvm.explore.index.IndexedPicture;
import org.dinojvm.explore.report.Stages;
import org.tensorflow.exceptions.TFInvalidArgumentException;

/**
 * Tells copies among pictures that a model finds alike: those with the same bytes, and those of
 * which one is a part of the other in its pixels, in whatever light.
 */
final class CopyCheck implements CopyTest, AutoCloseable {

  /** Pictures that are kept in memory, about 20 KB each. */
  private static final int MOST_KEPT = 10_000;

  private final List<IndexedPicture> pictures;
  private final double similar;
  private final double correlation;
  private final Progress progress;
  private final PictureLoader loader = new PictureLoader();
  private final LoadingCache<Integer, Optional<PixelMatch>> prepared =
      CacheBuilder.newBuilder().maximumSize(MOST_KEPT).build(CacheLoader.from(this::read));

  /**
   * Prepares to compare.
   *
   * @param similar cosine from which pixels are looked at
   * @param correlation of pixels from which two are copies
   */
  CopyCheck(List<IndexedPicture> pictures, double similar, double correlation, Stages stages) {
    this.pictures = pictures;
    this.similar = similar;
    this.correlation = correlation;
    this.progress = stages.begin("copies");
  }

  @Override
  public boolean test(int first, int second, float similarity) {
    if (pictures.get(first).contentHash().equals(pictures.get(second).contentHash())) {
      return true;
    }
    if (similarity < similar) {
      return false;
    }
    progress.report(first, pictures.size());
    Optional<PixelMatch> a = prepared.getUnchecked(first);
    Optional<PixelMatch> b = prepared.getUnchecked(second);
    return a.isPresent() && b.isPresent() && a.get().with(b.get()) >= correlation;
  }

  /** Empty for a picture that cannot be read any more. */
  private Optional<PixelMatch> read(int number) {
    try {
      return Optional.of(PixelMatch.of(loader.decode(pictures.get(number).read())));
    } catch (IOException | TFInvalidArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    loader.close();
  }
}
