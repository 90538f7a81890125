package org.dinojvm.verify.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.dinojvm.eval.attention.AttentionMask;
import org.dinojvm.eval.attention.MaskScores;
import org.dinojvm.eval.attention.PatchMask;
import org.dinojvm.eval.pixels.LabelMap;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;
import org.dinojvm.weights.Weight;

/** Masks of the class token's attention, and how they agree with objects. */
final class AttentionMasksProtocol implements Protocol {

  @Override
  public void compute(EvaluationFile file, Results results) {
    for (JsonNode threshold : file.config().path("thresholds")) {
      new Threshold(file, threshold.asDouble()).compute(threshold.asText() + ".", results);
    }
  }

  /** Masks that hold one share of the attention. */
  private static final class Threshold {
    private final EvaluationFile file;
    private final double share;
    private final int patches;
    private final List<byte[]> masks = new ArrayList<>();
    private final List<byte[]> meanMasks = new ArrayList<>();
    private final List<double[][]> jaccard = new ArrayList<>();
    private final List<double[][]> meanJaccard = new ArrayList<>();

    Threshold(EvaluationFile file, double share) {
      this.file = file;
      this.share = share;
      this.patches = file.whole("height") * file.whole("width");
    }

    void compute(String name, Results results) {
      Weight attention = file.tensor("cls_attention"); // [picture, head, 1 + h·w]
      int pictures = (int) attention.shape().get(0);
      int heads = (int) attention.shape().get(1);
      float[] values = attention.floats();
      int most = 0;
      for (int picture = 0; picture < pictures; picture++) {
        LabelMap truth = EvaluationTensors.labels(file.tensor("ground_truth"), picture);
        float[][] maps = new float[heads][];
        for (int head = 0; head < heads; head++) {
          int begin = (picture * heads + head) * (1 + patches) + 1; // without class to class
          maps[head] = Arrays.copyOfRange(values, begin, begin + patches);
        }
        jaccard.add(scored(maps, truth, masks));
        meanJaccard.add(scored(new float[][] {mean(maps)}, truth, meanMasks));
        most = Math.max(most, jaccard.get(picture).length);
      }
      results.put(name + "mask", EvaluationTensors.numbers(masks));
      results.put(name + "mean_of_heads_mask", EvaluationTensors.numbers(meanMasks));
      results.put(name + "jaccard", padded(most, heads));
      results.put(
          name + "per_image",
          jaccard.stream().mapToDouble(MaskScores::bestHeadPerObject).toArray());
      averages(name, results);
    }

    private void averages(String name, Results results) {
      MaskScores scores = new MaskScores(jaccard);
      results.put(name + "best_head_per_object", scores.bestHeadPerObject());
      results.put(name + "best_head_per_image", scores.bestHeadPerImage());
      results.put(name + "each_head", scores.eachHead());
      results.put(name + "best_fixed_head", scores.bestFixedHead());
      results.put(name + "average_of_heads", scores.averageOfHeads());
      results.put(name + "mean_of_heads", new MaskScores(meanJaccard).bestHeadPerObject());
    }

    /** [object, head]. */
    private double[][] scored(float[][] maps, LabelMap truth, List<byte[]> drawn) {
      List<PatchMask> found =
          Arrays.stream(maps)
              .map(
                  map ->
                      new PatchMask(
                          AttentionMask.of(map, share),
                          file.whole("width"),
                          file.whole("patch_size")))
              .toList();
      found.forEach(mask -> drawn.add(mask.pixels()));
      PatchMask any = found.get(0);
      return PatchMask.objects(truth, any.height(), any.width()).stream()
          .map(label -> found.stream().mapToDouble(mask -> mask.jaccard(truth, label)).toArray())
          .toArray(double[][]::new);
    }

    /** The mean of maps as they are, each of which still lacks what the class token keeps. */
    private float[] mean(float[][] maps) {
      float[] mean = new float[patches];
      for (float[] map : maps) {
        for (int i = 0; i < patches; i++) {
          mean[i] += map[i] / maps.length;
        }
      }
      return mean;
    }

    /** [picture · object, head], not a number where a picture has fewer objects. */
    private double[][] padded(int most, int heads) {
      List<double[]> rows = new ArrayList<>();
      double[] none = new double[heads];
      Arrays.fill(none, Double.NaN);
      for (double[][] picture : jaccard) {
        rows.addAll(List.of(picture));
        rows.addAll(Collections.nCopies(most - picture.length, none));
      }
      return rows.toArray(double[][]::new);
    }
  }
}
