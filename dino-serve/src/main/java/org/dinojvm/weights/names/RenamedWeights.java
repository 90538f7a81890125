package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;

/**
 * Weights under published names.
 *
 * @param ignored names in the file that have no published counterpart
 */
public record RenamedWeights(ImmutableMap<String, Weight> weights, ImmutableList<String> ignored) {

  static final class Builder {
    private final Map<String, Weight> weights = new LinkedHashMap<>();
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
        checkArgument(
            weights.put(published, weight) == null,
            "two weights are %s, one of them under the name %s",
            Messages.printable(published),
            Messages.printable(name));
      }
    }

    RenamedWeights build() {
      return new RenamedWeights(ImmutableMap.copyOf(weights), ignored.build());
    }
  }
}
