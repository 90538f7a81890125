package org.dinojvm.verify.evaluation;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Map;
import java.util.regex.Pattern;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;

/** Which evaluation a file is of, by its name. */
public final class EvaluationChecks {

  private static final ImmutableMap<String, Protocol> PROTOCOLS =
      ImmutableMap.of(
          "attention_masks", new AttentionMasksProtocol(),
          "clustering", new ClusteringProtocol(),
          "copydays", new CopydaysProtocol(),
          "linear", new LinearProtocol(),
          "logistic", new LogisticProtocol(),
          "pca", new PcaProtocol(),
          "retrieval", new RetrievalProtocol(),
          "uniformity", new UniformityProtocol(),
          "video", new VideoProtocol());

  /** The files of the published set. */
  public static final ImmutableSet<String> PUBLISHED =
      PROTOCOLS.keySet().stream()
          .map(name -> name + ".safetensors")
          .collect(ImmutableSet.toImmutableSet());

  private EvaluationChecks() {}

  /** A check for each name that a file may have. */
  public static Map<Pattern, EvaluationCheck> byName() {
    ImmutableMap.Builder<Pattern, EvaluationCheck> checks = ImmutableMap.builder();
    PROTOCOLS.forEach(
        (name, protocol) ->
            checks.put(Pattern.compile(name + ".*\\.safetensors"), new EvaluationCheck(protocol)));
    return checks.buildOrThrow();
  }
}
