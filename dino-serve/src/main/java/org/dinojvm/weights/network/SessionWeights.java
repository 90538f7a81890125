package org.dinojvm.weights.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/**
 * The weights that a session holds at present, all read in one run.
 *
 * @param values what reads each, by this project's name of the parameter
 */
public record SessionWeights(Session session, ImmutableMap<String, Operand<TFloat32>> values) {

  /** The weights by published name, in the order of {@link #values}; copies them. */
  public ImmutableMap<String, Weight> read() {
    ImmutableMap.Builder<String, Weight> parameters = ImmutableMap.builder();
    forEach((name, value) -> parameters.put(name, WeightLoader.weight(value)));
    return PublishedNames.toPublished(parameters.buildOrThrow());
  }

  /**
   * Refuses weights that are not finite.
   *
   * @throws IllegalArgumentException with their published names
   */
  public void requireFinite() {
    List<String> notFinite = new ArrayList<>();
    forEach(
        (name, value) -> {
          if (!FiniteCheck.allFinite(value)) {
            notFinite.add(PublishedNames.publishedName(name));
          }
        });
    FiniteCheck.refuse(notFinite);
  }

  private void forEach(BiConsumer<String, TFloat32> reader) {
    Session.Runner runner = session.runner();
    values.values().forEach(runner::fetch);
    ImmutableList<String> names = values.keySet().asList();
    try (Result result = runner.run()) {
      for (int i = 0; i < names.size(); i++) {
        reader.accept(names.get(i), (TFloat32) result.get(i));
      }
    }
  }
}
