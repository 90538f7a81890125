package org.dinojvm.cli.options;

import com.google.common.collect.ImmutableMap;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.dinojvm.eval.Evaluation;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.Findings;
import org.dinojvm.eval.RawPixelModel;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.Trust;
import picocli.CommandLine.Option;

/** {@code --baseline}: what a model is compared with, seen by the same eyes. */
public final class BaselineOption {

  @Option(
      names = "--baseline",
      description = {
        "The same of raw pixels (16 x 16) and of the network before any training, to compare: with"
            + " the same features and the same whitening."
      })
  private boolean baseline;

  /**
   * Evaluates each baseline that an evaluation applies to.
   *
   * @param model whose network is also tried untrained; where it cannot be built anew, that is said
   * @param evaluate finds something of an open model
   */
  public ImmutableMap<String, Findings> findings(
      Path model,
      Trust trust,
      Evaluation evaluation,
      EvaluationData data,
      Function<FeatureModel, Findings> evaluate,
      PrintWriter messages) {
    Map<String, Findings> found = new LinkedHashMap<>();
    if (!baseline) {
      return ImmutableMap.of();
    }
    try (FeatureModel pixels = new RawPixelModel()) {
      if (evaluation.appliesTo(pixels.info(), data)) {
        found.put("raw_pixels", evaluate.apply(pixels));
      }
    }
    try (FeatureModel untrained = FeatureModels.untrainedLike(model, trust)) {
      if (evaluation.appliesTo(untrained.info(), data)) {
        found.put("untrained", evaluate.apply(untrained));
      }
    } catch (IllegalArgumentException e) {
      messages.printf("no untrained network to compare with: %s%n", e.getMessage());
      messages.flush();
    }
    return ImmutableMap.copyOf(found);
  }
}
