package org.dinojvm.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/** Weights under published names, and the names in the file that have no published counterpart. */
record RenamedWeights(ImmutableMap<String, Weight> weights, ImmutableList<String> ignored) {

  static final class Builder {
    private final ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    private final ImmutableList.Builder<String> ignored = ImmutableList.builder();

    /**
     * Adds a weight.
     *
     * @param published its published name, or null if it has none
     */
    void put(String name, String published, Weight weight) {
      if (published == null) {
        ignored.add(name);
      } else {
        weights.put(published, weight);
      }
    }

    RenamedWeights build() {
      return new RenamedWeights(weights.buildOrThrow(), ignored.build());
    }
  }
}
