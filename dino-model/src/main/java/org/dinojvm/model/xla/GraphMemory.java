package org.dinojvm.model.xla;

import com.google.common.collect.MapMaker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.op.Ops;

/**
 * What is kept for one graph, as long as that is in use: its functions and gradients. Neither may
 * hold an operand, for an operand holds the graph, and a graph that is held here would never go.
 */
final class GraphMemory {

  /** By graph, by identity; an entry goes with its graph. */
  private static final Map<ExecutionEnvironment, GraphMemory> MEMORIES =
      new MapMaker().weakKeys().makeMap();

  private final Map<String, GraphFunction> functions = new HashMap<>();
  private final List<CustomGradient.Entry> gradients = new ArrayList<>();

  private GraphMemory() {}

  /** The memory of the graph that gets these ops. */
  static GraphMemory of(Ops tf) {
    return MEMORIES.computeIfAbsent(tf.scope().env(), graph -> new GraphMemory());
  }

  /** The function of a name, made the first time. */
  synchronized GraphFunction function(String name, Supplier<GraphFunction> maker) {
    GraphFunction known = functions.get(name);
    if (known == null) {
      known = maker.get();
      functions.put(name, known);
    }
    return known;
  }

  /** Keeps a gradient; its number finds it again. */
  synchronized int add(CustomGradient.Entry gradient) {
    gradients.add(gradient);
    return gradients.size() - 1;
  }

  synchronized CustomGradient.Entry gradient(int number) {
    return gradients.get(number);
  }
}
