package org.dinojvm.eval.video;

import com.google.common.collect.ImmutableList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.dinojvm.eval.video.Cosines.Rows;

/**
 * Propagates the labels of a video's first frame, frame by frame (Jabri et al. 2020,
 * arXiv:2006.14613; published {@code eval_video_segmentation.py}). A patch of a new frame takes the
 * labels of the patches most like it in the first frame and in the last few results.
 *
 * <p>Patches are compared in bands of rows with no more of the sources than the radius reaches, so
 * that memory grows with a band and not with the square of a frame.
 */
public final class LabelPropagation implements AutoCloseable {

  /** Cosines that are held at once: 2²⁴ floats are 64 MiB. */
  private static final int COSINES = 1 << 24;

  /** A frame and what of it belongs to what, before it is enlarged. */
  private record Source(FrameFeatures features, SoftMasks masks) {}

  private final PropagationSettings settings;
  private final Cosines cosines = new Cosines();
  private final Source first;
  private final Deque<Source> last = new ArrayDeque<>();
  private int frames;

  /**
   * Starts at a video's first frame.
   *
   * @param masks of the frame, at the size of its features
   */
  public LabelPropagation(PropagationSettings settings, FrameFeatures frame, SoftMasks masks) {
    this.settings = settings;
    this.first = new Source(frame, masks);
  }

  /** The labels of the next frame. */
  public SoftMasks next(FrameFeatures frame) {
    List<Source> sources = new ArrayList<>(List.of(first));
    sources.addAll(last);
    SoftMasks masks = propagate(frame, ImmutableList.copyOf(sources));
    last.addLast(new Source(frame, masks));
    frames++;
    if (last.size() > settings.lastFrames()) {
      last.removeFirst();
    }
    return masks;
  }

  /** Numbers of the frames that the next one is seen beside: 0, and those of the last results. */
  public List<Integer> sources() {
    List<Integer> numbers = new ArrayList<>(List.of(0));
    for (int i = frames - last.size() + 1; i <= frames; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  private SoftMasks propagate(FrameFeatures frame, ImmutableList<Source> sources) {
    int places = frame.height() * frame.width();
    float[] values = new float[first.masks.classes() * places];
    int band = bandHeight(frame, sources.size());
    for (int from = 0; from < frame.height(); from += band) {
      propagate(frame, new Rows(from, Math.min(from + band, frame.height())), sources, values);
    }
    return new SoftMasks(first.masks.classes(), frame.height(), frame.width(), values);
  }

  private int bandHeight(FrameFeatures frame, int sources) {
    long row = (long) frame.width() * frame.width() * sources;
    int band = 1;
    while (band < frame.height()
        && row * (band + 1) * reached(new Rows(0, band + 1), frame).count() <= COSINES) {
      band++;
    }
    return band;
  }

  /** The rows that patches of a band may have come from. */
  private Rows reached(Rows band, FrameFeatures frame) {
    return settings.radius() == 0
        ? new Rows(0, frame.height())
        : new Rows(
            Math.max(0, band.from() - settings.radius()),
            Math.min(frame.height(), band.to() + settings.radius()));
  }

  private void propagate(
      FrameFeatures frame, Rows band, ImmutableList<Source> sources, float[] values) {
    Rows reached = reached(band, frame);
    List<float[]> similar = new ArrayList<>();
    for (Source source : sources) {
      similar.add(cosines.of(frame, band, source.features, reached));
    }
    Patch patch = new Patch(frame, reached, sources);
    for (int y = band.from(); y < band.to(); y++) {
      for (int x = 0; x < frame.width(); x++) {
        int line = (y - band.from()) * frame.width() + x;
        patch.gather(y, x, line, similar);
        patch.vote(y * frame.width() + x, values);
      }
    }
  }

  /** One patch of the new frame, and those that it may have come from. */
  private final class Patch {
    private final FrameFeatures frame;
    private final Rows reached;
    private final ImmutableList<Source> sources;
    private final TopSimilarities top = new TopSimilarities(settings.topK());
    private final float[] similarities;
    private final int[] places; // source · h · w + place
    private int count;

    Patch(FrameFeatures frame, Rows reached, ImmutableList<Source> sources) {
      this.frame = frame;
      this.reached = reached;
      this.sources = sources;
      int most = sources.size() * reached.count() * frame.width();
      this.similarities = new float[most];
      this.places = new int[most];
    }

    void gather(int y, int x, int line, List<float[]> cosinesBySource) {
      count = 0;
      int reach = settings.radius() == 0 ? frame.width() : settings.radius();
      int left = Math.max(0, x - reach);
      int right = Math.min(frame.width() - 1, x + reach);
      int reachedPlaces = reached.count() * frame.width();
      for (int source = 0; source < sources.size(); source++) {
        float[] similar = cosinesBySource.get(source);
        for (int row = reached.from(); row < reached.to(); row++) {
          if (!settings.reaches(row - y, 0)) {
            continue;
          }
          int begin = line * reachedPlaces + (row - reached.from()) * frame.width();
          for (int column = left; column <= right; column++) {
            similarities[count] =
                (float) Math.exp(similar[begin + column] / settings.temperature());
            places[count++] = (source * frame.height() + row) * frame.width() + column;
          }
        }
      }
    }

    void vote(int target, float[] values) {
      top.weigh(similarities, count);
      int all = frame.height() * frame.width();
      for (int i = 0; i < count; i++) {
        if (similarities[i] == 0) {
          continue;
        }
        SoftMasks masks = sources.get(places[i] / all).masks;
        int place = places[i] % all;
        for (int label = 0; label < masks.classes(); label++) {
          values[label * all + target] += similarities[i] * masks.values()[label * all + place];
        }
      }
    }
  }

  @Override
  public void close() {
    cosines.close();
  }
}
