package org.dinojvm.verify.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.dinojvm.eval.math.PatchPca;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;

/** Principal components of patches as colors. */
public final class PcaProtocol implements Protocol {

  @Override
  public void compute(EvaluationFile file, Results results) {
    int height = file.whole("height");
    int width = file.whole("width");
    float[][] patches = patches(file.rows("patch_tokens"), height * width);
    PatchPca pca = PatchPca.of(patches, height, width, file.whole("components"));
    results.put("first_mean", pca.firstMean());
    results.put("first_component", pca.firstComponent());
    results.put("first_variance", pca.firstVariance());
    results.put("first_score", pca.firstScore());
    int[] foreground = new int[pca.foreground().length];
    for (int patch = 0; patch < foreground.length; patch++) {
      foreground[patch] = pca.foreground()[patch] ? 1 : 0;
    }
    results.put("foreground", foreground);
    results.put("mean", pca.mean());
    results.put("components", pca.components());
    results.put("variances", pca.variances());
    results.put("projection", pca.projection());
    results.put("rgb", pca.colors());
    results.put("sigmoid_rgb", pca.sigmoidColors());
  }

  /** (pictures, patches · D) to (pictures · patches, D). */
  private static float[][] patches(float[][] pictures, int count) {
    int width = pictures[0].length / count;
    return Arrays.stream(pictures)
        .flatMap(
            picture ->
                IntStream.range(0, count)
                    .mapToObj(
                        patch -> Arrays.copyOfRange(picture, patch * width, (patch + 1) * width)))
        .toArray(float[][]::new);
  }
}
