package org.dinojvm.serve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.util.Map;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.dinojvm.weights.network.WeightFile;
import org.tensorflow.Session;

/**
 * The network of an open model, built anew from its weights: for calls that its export lacks.
 *
 * @param weights by published name
 */
record RebuiltTeacher(String name, ModelConfig config, ImmutableMap<String, Weight> weights)
    implements Teacher {

  /**
   * A teacher from what an export says of itself.
   *
   * @throws IllegalArgumentException if the weights are of no network known here
   */
  static RebuiltTeacher of(String name, ModelInfo info, Map<String, Weight> weights) {
    return new RebuiltTeacher(
        name,
        ImportedConfig.of(
            new WeightFile(ImmutableMap.copyOf(weights), ImmutableList.of(), info.settings()),
            ImmutableMap.of()),
        ImmutableMap.copyOf(weights));
  }

  @Override
  public boolean hasHead() {
    return weights.keySet().stream().anyMatch(PublishedNames::isHead);
  }

  @Override
  public String origin() {
    return name;
  }

  @Override
  public String fingerprint() {
    Hasher hasher = Hashing.sha256().newHasher();
    weights.forEach((key, weight) -> hasher.putUnencodedChars(key).putBytes(weight.data()));
    return hasher.hash().toString();
  }

  @Override
  public void load(ServingGraph serving, Session session) {
    serving.load(session, weights);
  }
}
