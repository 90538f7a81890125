package org.dinojvm.verify.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dinojvm.eval.pixels.LabelMap;
import org.dinojvm.eval.video.FrameFeatures;
import org.dinojvm.eval.video.FrameScores;
import org.dinojvm.eval.video.FrameSize;
import org.dinojvm.eval.video.LabelPropagation;
import org.dinojvm.eval.video.PropagationSettings;
import org.dinojvm.eval.video.SoftMasks;
import org.dinojvm.eval.video.TopSimilarities;
import org.dinojvm.eval.video.VideoScores;
import org.dinojvm.eval.video.VideoScores.Statistics;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;
import org.dinojvm.weights.Weight;

/** DAVIS: labels propagated along features, and the scores of masks. */
final class VideoProtocol implements Protocol {

  /** Frame and object whose boundary the files show. */
  private static final int SHOWN = 1;

  @Override
  public void compute(EvaluationFile file, Results results) {
    sizes(file, results);
    ties(file, results);
    normalized(file, results);
    new Clip(file).compute(results);
    masks(file, results);
  }

  /** [n, (height, width, resized height, resized width)]. */
  private static void sizes(EvaluationFile file, Results results) {
    int[] rule = file.wholes("size_rule");
    double[] sizes = new double[rule.length];
    for (int i = 0; i < rule.length; i += 4) {
      FrameSize resized = FrameSize.published(rule[i], rule[i + 1]);
      sizes[i] = rule[i];
      sizes[i + 1] = rule[i + 1];
      sizes[i + 2] = resized.height();
      sizes[i + 3] = resized.width();
    }
    results.put("size_rule", sizes);
  }

  /** The places that count for each of some targets, of as many as unrestricted ones. */
  private static void ties(EvaluationFile file, Results results) {
    float[][] affinity = file.rows("ties.affinity");
    TopSimilarities top =
        new TopSimilarities(file.config().path("unrestricted").path("topk").asInt());
    for (int target = 0; target < affinity[0].length; target++) {
      float[] similarities = new float[affinity.length];
      for (int place = 0; place < similarities.length; place++) {
        similarities[place] = affinity[place][target];
      }
      top.weigh(similarities, similarities.length);
      for (int place = 0; place < similarities.length; place++) {
        affinity[place][target] = similarities[place];
      }
    }
    results.put("ties.weights", affinity);
  }

  private static void normalized(EvaluationFile file, Results results) {
    Weight masks = file.tensor("normalise.input");
    results.put(
        "normalise.result",
        new SoftMasks(
                (int) masks.shape().get(0),
                (int) masks.shape().get(1),
                (int) masks.shape().get(2),
                masks.floats())
            .normalized()
            .values());
  }

  /** The clip whose features the file has. */
  private static final class Clip {
    private final EvaluationFile file;
    private final int height;
    private final int width;
    private final int patchSize;
    private final LabelMap first;
    private final List<FrameFeatures> frames;

    Clip(EvaluationFile file) {
      this.file = file;
      this.height = file.whole("height");
      this.width = file.whole("width");
      this.patchSize = file.whole("patch_size");
      this.first = EvaluationTensors.labels(file.tensor("first_segmentation"));
      int dim = (int) file.tensor("features").shape().get(2);
      this.frames =
          Arrays.stream(file.rows("features"))
              .map(tokens -> FrameFeatures.normalized(height, width, dim, tokens))
              .toList();
    }

    void compute(Results results) {
      List<SoftMasks> soft = propagate("", settings(file.config(), file), results);
      JsonNode unrestricted = file.config().path("unrestricted");
      propagate("unrestricted.", settings(unrestricted, file), results);
      neighbourhood(results);
      List<LabelMap> small = soft.stream().map(this::enlarged).map(SoftMasks::strongest).toList();
      results.put("upsampled_first", enlarged(soft.get(0)).values());
      results.put("upsampled_last", enlarged(soft.get(soft.size() - 1)).values());
      results.put(
          "argmax", EvaluationTensors.numbers(small.stream().map(LabelMap::labels).toList()));
      List<LabelMap> segmentation = new ArrayList<>(List.of(first));
      small.forEach(map -> segmentation.add(map.nearest(first.height(), first.width())));
      results.put(
          "segmentation",
          EvaluationTensors.numbers(segmentation.stream().map(LabelMap::labels).toList()));
      List<LabelMap> truth = EvaluationTensors.allLabels(file.tensor("ground_truth"));
      scores("clip.", VideoScores.of(truth, segmentation, file.number("bound_th"), true), results);
    }

    private SoftMasks enlarged(SoftMasks masks) {
      return masks.enlarged(patchSize).normalized();
    }

    private List<SoftMasks> propagate(String start, PropagationSettings settings, Results results) {
      SoftMasks oneHot = SoftMasks.oneHot(first.nearest(height, width));
      results.put(start + "first_one_hot", oneHot.values());
      List<SoftMasks> soft = new ArrayList<>();
      List<float[]> context = new ArrayList<>();
      try (LabelPropagation propagation = new LabelPropagation(settings, frames.get(0), oneHot)) {
        for (FrameFeatures frame : frames.subList(1, frames.size())) {
          float[] sources = new float[1 + settings.lastFrames()];
          Arrays.fill(sources, -1);
          List<Integer> known = propagation.sources();
          for (int i = 0; i < known.size(); i++) {
            sources[i] = known.get(i);
          }
          context.add(sources);
          soft.add(propagation.next(frame));
        }
      }
      results.put(start + "context", context.toArray(float[][]::new));
      results.put(start + "soft", soft.stream().map(SoftMasks::values).toArray(float[][]::new));
      return soft;
    }

    /** [target place, source place]. */
    private void neighbourhood(Results results) {
      PropagationSettings settings = settings(file.config(), file);
      int places = height * width;
      double[] near = new double[places * places];
      for (int i = 0; i < near.length; i++) {
        int target = i / places;
        int source = i % places;
        near[i] =
            settings.reaches(target / width - source / width, target % width - source % width)
                ? 1
                : 0;
      }
      results.put("neighbourhood", near);
    }
  }

  private static PropagationSettings settings(JsonNode config, EvaluationFile file) {
    return new PropagationSettings(
        config.path("n_last_frames").asInt(),
        config.path("size_mask_neighborhood").asInt(),
        config.path("topk").asInt(),
        config.path("temperature").asDouble(file.number("temperature")));
  }

  private static void masks(EvaluationFile file, Results results) {
    List<LabelMap> truth = EvaluationTensors.allLabels(file.tensor("masks.ground_truth"));
    List<LabelMap> masks = EvaluationTensors.allLabels(file.tensor("masks.result"));
    double bound = file.number("bound_th");
    scores("masks.", VideoScores.of(truth, masks, bound, true), results);
    scores("masks.void_excluded.", VideoScores.of(truth, masks, bound, false), results);
    LabelMap shown = truth.get(SHOWN);
    results.put(
        "masks.boundary",
        EvaluationTensors.numbers(
            FrameScores.boundaryOf(shown.mask(SHOWN), shown.height(), shown.width())));
  }

  private static void scores(String start, VideoScores scores, Results results) {
    results.put(start + "J", scores.region());
    results.put(start + "F", scores.boundary());
    results.put(start + "J_statistics", statistics(scores.region()));
    results.put(start + "F_statistics", statistics(scores.boundary()));
    results.put(start + "J_and_F", VideoScores.regionAndBoundary(List.of(scores)));
  }

  private static double[][] statistics(double[][] objects) {
    return Arrays.stream(objects)
        .map(Statistics::of)
        .map(of -> new double[] {of.mean(), of.recall(), of.decay()})
        .toArray(double[][]::new);
  }
}
