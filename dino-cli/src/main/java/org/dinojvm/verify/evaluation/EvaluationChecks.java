package org.dinojvm.verify.evaluation;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.CheckSet;
import org.dinojvm.verify.evaluation.EvaluationCheck.Protocol;

/** Evaluations other than k-NN. */
public final class EvaluationChecks implements CheckSet {

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

  private static final ImmutableMap<Pattern, Check> BY_NAME =
      PROTOCOLS.entrySet().stream()
          .collect(
              toImmutableMap(
                  entry -> Pattern.compile(entry.getKey() + ".*\\.safetensors"),
                  entry -> new EvaluationCheck(entry.getValue())));

  @Override
  public ImmutableSet<String> published() {
    return PROTOCOLS.keySet().stream().map(name -> name + ".safetensors").collect(toImmutableSet());
  }

  @Override
  public Optional<Check> check(Path file) {
    return CheckSet.byName(BY_NAME, file);
  }
}
