package org.dinojvm.eval.video;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.require;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationEntry;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.pixels.IndexedPng;
import org.dinojvm.eval.pixels.LabelMap;
import org.dinojvm.eval.pixels.PictureLoader;
import org.dinojvm.eval.pixels.RgbPicture;
import org.dinojvm.eval.video.Davis.Video;
import org.dinojvm.eval.video.VideoScores.Statistics;
import org.dinojvm.serve.ModelInfo;
import org.dinojvm.settings.Setting;

/**
 * Semi-supervised video segmentation on DAVIS 2017: the objects of the first frame are followed by
 * the likeness of patches alone (Caron et al. 2021, section 4.2.2; published {@code
 * eval_video_segmentation.py}).
 */
public record VideoSegmentation(
    @Setting(
            value = "",
            unit = "folder",
            doc = "DAVIS 2017: the folder that holds ImageSets, JPEGImages and Annotations.",
            source = "davischallenge.org")
        String davis,
    @Setting(value = "val", doc = "The list of videos in ImageSets/2017.", source = "DAVIS 2017")
        String split,
    @Setting(value = "480p", doc = "Folder of frames of one size.", source = "DAVIS 2017")
        String resolution,
    @Setting(
            value = "480",
            unit = "pixels",
            doc = "Length that the shorter side of a frame is resized to.",
            source = "eval_video_segmentation.py")
        int side,
    @Setting(
            value = "7",
            unit = "frames",
            doc = "Results before a frame that it is compared with, besides the first frame.",
            source = "eval_video_segmentation.py")
        int nLastFrames,
    @Setting(
            value = "12",
            unit = "patches",
            doc = "How far a patch may move along either axis; 0 for any distance.",
            source = "eval_video_segmentation.py")
        int sizeMaskNeighborhood,
    @Setting(
            value = "5",
            unit = "patches",
            doc = "Most similar patches that a patch takes its label from.",
            source = "eval_video_segmentation.py")
        int topk,
    @Setting(
            value = "0.1",
            doc = "A patch's weight is exp(cosine / temperature).",
            source = "eval_video_segmentation.py")
        double temperature)
    implements Evaluation {

  /** How far boundaries may be apart, in parts of the diagonal, as the published tool has it. */
  private static final double BOUND = 0.008;

  /** {@code dino evaluate video}. */
  public static final class Entry implements EvaluationEntry {
    @Override
    public String name() {
      return "video";
    }

    @Override
    public String description() {
      return "Objects followed through the videos of DAVIS 2017, for models with patch tokens";
    }

    @Override
    public Class<VideoSegmentation> evaluation() {
      return VideoSegmentation.class;
    }

    @Override
    public boolean bringsPictures() {
      return true;
    }

    @Override
    public boolean takesFeatureOptions() {
      return false;
    }
  }

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public VideoSegmentation {
    require(side >= 64, "side", side, "must be at least 64, which frames are multiples of");
    new PropagationSettings(nLastFrames, sizeMaskNeighborhood, topk, temperature);
  }

  @Override
  public boolean appliesTo(ModelInfo model, EvaluationData data) {
    return !davis.isEmpty() && model.patchSize() > 0;
  }

  @Override
  public Findings evaluate(EvaluationInputs in) {
    checkArgument(!davis.isEmpty(), "video needs DAVIS 2017: say where it is, --davis DIR");
    Davis data = Davis.open(Path.of(davis), split, resolution);
    int frames = data.videos().stream().mapToInt(video -> video.frames().size()).sum();
    List<VideoScores> scores = new ArrayList<>();
    List<VideoScores> still = new ArrayList<>();
    int done = 0;
    try (PictureLoader loader = new PictureLoader()) {
      Follower follower = new Follower(new VideoFrames(in.model(), side), loader, in, frames);
      for (Video video : data.videos()) {
        List<LabelMap> truth = annotations(video);
        List<LabelMap> results = follower.follow(video, done);
        scores.add(VideoScores.of(truth, results, BOUND, true));
        still.add(
            VideoScores.of(truth, Collections.nCopies(truth.size(), truth.get(0)), BOUND, true));
        done += video.frames().size();
      }
    }
    return findings(data, scores, still);
  }

  private static List<LabelMap> annotations(Video video) {
    List<LabelMap> maps =
        video.annotations().stream().map(file -> IndexedPng.read(file).map()).toList();
    LabelMap first = maps.get(0);
    checkArgument(
        first.largest() > 0,
        "%s has no object: expected labels from 1 in the first annotation",
        video.annotations().get(0));
    for (int i = 0; i < maps.size(); i++) {
      checkArgument(
          maps.get(i).height() == first.height() && maps.get(i).width() == first.width(),
          "%s is %s × %s, the first annotation %s × %s: expected one size",
          video.annotations().get(i),
          maps.get(i).height(),
          maps.get(i).width(),
          first.height(),
          first.width());
    }
    return maps;
  }

  /** Follows objects through one video after another. */
  private final class Follower {
    private final VideoFrames frames;
    private final PictureLoader loader;
    private final EvaluationInputs in;
    private final int total;

    Follower(VideoFrames frames, PictureLoader loader, EvaluationInputs in, int total) {
      this.frames = frames;
      this.loader = loader;
      this.in = in;
      this.total = total;
    }

    /** A map for each frame, the first being the annotation. */
    List<LabelMap> follow(Video video, int done) {
      IndexedPng annotation = IndexedPng.read(video.annotations().get(0));
      Optional<VideoDrawing> drawing =
          in.output().map(folder -> new VideoDrawing(folder, video.name(), annotation.palette()));
      List<LabelMap> results = new ArrayList<>();
      RgbPicture first = loader.load(video.frames().get(0));
      LabelMap map = annotation.map();
      int patch = in.model().info().patchSize();
      FrameFeatures features = frames.features(first);
      SoftMasks masks = SoftMasks.oneHot(map.nearest(features.height(), features.width()));
      try (LabelPropagation propagation =
          new LabelPropagation(
              new PropagationSettings(nLastFrames, sizeMaskNeighborhood, topk, temperature),
              features,
              masks)) {
        for (int i = 0; i < video.frames().size(); i++) {
          RgbPicture picture = i == 0 ? first : loader.load(video.frames().get(i));
          LabelMap result =
              i == 0
                  ? map
                  : propagation
                      .next(frames.features(picture))
                      .enlarged(patch)
                      .normalized()
                      .strongest()
                      .nearest(map.height(), map.width());
          results.add(result);
          draw(drawing, video.annotations().get(i), picture, result);
          in.progress().report(done + i + 1, total);
        }
      }
      finish(drawing);
      return results;
    }

    private void draw(
        Optional<VideoDrawing> drawing, Path annotation, RgbPicture picture, LabelMap result) {
      try {
        if (drawing.isPresent()) {
          drawing.get().add(annotation.getFileName().toString(), picture, result);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the result for " + annotation, e);
      }
    }

    private void finish(Optional<VideoDrawing> drawing) {
      try {
        if (drawing.isPresent()) {
          drawing.get().finish();
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the animated picture", e);
      }
    }
  }

  private static Findings findings(Davis data, List<VideoScores> scores, List<VideoScores> still) {
    ImmutableMap.Builder<String, Double> numbers = ImmutableMap.builder();
    Statistics region = mean(scores.stream().map(VideoScores::region).toList());
    Statistics boundary = mean(scores.stream().map(VideoScores::boundary).toList());
    numbers.put("j_and_f", VideoScores.regionAndBoundary(scores));
    numbers.put("j_mean", region.mean());
    numbers.put("j_recall", region.recall());
    numbers.put("j_decay", region.decay());
    numbers.put("f_mean", boundary.mean());
    numbers.put("f_recall", boundary.recall());
    numbers.put("f_decay", boundary.decay());
    numbers.put("j_and_f_still", VideoScores.regionAndBoundary(still));
    ImmutableMap<String, Double> all = numbers.buildOrThrow();
    Formatter table = new Formatter(Locale.ROOT);
    table.format("DAVIS 2017, %% (J regions, F boundaries)%n%n");
    table.format("%-24s %8s %7s %7s %7s%n", "video", "objects", "J&F", "J", "F");
    for (int i = 0; i < scores.size(); i++) {
      VideoScores one = scores.get(i);
      row(table, data.videos().get(i).name(), List.of(one));
    }
    row(table, "all", scores);
    row(table, "first frame standing still", still);
    table.format(
        "%nJ recall %.1f, decay %.1f; F recall %.1f, decay %.1f%n",
        100 * region.recall(),
        100 * region.decay(),
        100 * boundary.recall(),
        100 * boundary.decay());
    String line =
        String.format(Locale.ROOT, "video J&F %.1f %%", 100 * all.getOrDefault("j_and_f", 0.0));
    return Findings.ofNumbers(all).inWords(line, table.toString());
  }

  private static void row(Formatter table, String name, List<VideoScores> scores) {
    table.format(
        "%-24s %8d %7.1f %7.1f %7.1f%n",
        name,
        scores.stream().mapToInt(one -> one.region().length).sum(),
        100 * VideoScores.regionAndBoundary(scores),
        100 * mean(scores.stream().map(VideoScores::region).toList()).mean(),
        100 * mean(scores.stream().map(VideoScores::boundary).toList()).mean());
  }

  /** Over the objects of all videos. */
  private static Statistics mean(List<double[][]> videos) {
    List<Statistics> objects = videos.stream().flatMap(Arrays::stream).map(Statistics::of).toList();
    return new Statistics(
        objects.stream().mapToDouble(Statistics::mean).average().orElse(Double.NaN),
        objects.stream().mapToDouble(Statistics::recall).average().orElse(Double.NaN),
        objects.stream().mapToDouble(Statistics::decay).average().orElse(Double.NaN));
  }
}
