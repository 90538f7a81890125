package org.dinojvm.export;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.tensorflow.Session;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Gives a network the values of published weights, and reads them back under published names. */
public final class WeightLoader {

  private record Slot(Variable variable, Placeholder<TFloat32> value, Op assign) {}

  private final Map<String, Slot> slots = new LinkedHashMap<>();

  /**
   * Adds the ops to a graph.
   *
   * @param tf ops of the graph
   * @param params the network's weights, all of them created
   */
  public WeightLoader(Ops tf, Params params) {
    for (Variable variable : params.variables()) {
      Placeholder<TFloat32> value =
          tf.placeholder(TFloat32.class, Placeholder.shape(variable.shape()));
      Op assign = tf.assignVariableOp(variable.handle(), value);
      slots.put(params.relativeName(variable), new Slot(variable, value, assign));
    }
  }

  /**
   * Sets every weight of the network.
   *
   * @param published exactly the network's weights, by published name; {@code num_batches_tracked}
   *     is left out
   * @throws IllegalArgumentException if a weight is missing, unknown or of another shape
   */
  public void load(Session session, Map<String, Weight> published) {
    ImmutableMap<String, Weight> parameters = PublishedNames.toProject(published);
    checkNames(parameters.keySet());
    parameters.forEach((name, weight) -> assign(session, name, weight));
  }

  private void checkNames(Set<String> given) {
    Set<String> missing = Sets.difference(slots.keySet(), given);
    Set<String> unknown = Sets.difference(given, slots.keySet());
    checkArgument(
        missing.isEmpty(),
        "%s of the network's %s weights are missing, the first is %s",
        missing.size(),
        slots.size(),
        missing.stream().findFirst().map(PublishedNames::publishedName).orElse(""));
    checkArgument(
        unknown.isEmpty(),
        "%s weights have no place in the network, the first is %s",
        unknown.size(),
        unknown.stream().findFirst().map(PublishedNames::publishedName).orElse(""));
  }

  private void assign(Session session, String name, Weight weight) {
    Slot slot = slots.get(name);
    checkArgument(
        slot.variable().shape().equals(weight.shape()),
        "%s is %s in the network's layout, the network has %s",
        Messages.printable(PublishedNames.publishedName(name)),
        weight,
        slot.variable().shape());
    try (TFloat32 value = TFloat32.tensorOf(weight.shape(), DataBuffers.of(weight.floats()))) {
      session.runner().feed(slot.value(), value).addTarget(slot.assign()).run().close();
    }
  }

  /** The network's present weights by published name, in its own order. */
  public ImmutableMap<String, Weight> read(Session session) {
    ImmutableMap.Builder<String, Weight> parameters = ImmutableMap.builder();
    slots.forEach((name, slot) -> parameters.put(name, read(session, slot.variable())));
    return PublishedNames.toPublished(parameters.buildOrThrow());
  }

  private static Weight read(Session session, Variable variable) {
    try (var result = session.runner().fetch(variable.value()).run()) {
      float[] elements = new float[(int) variable.shape().size()];
      result.get(0).asRawTensor().data().asFloats().read(elements);
      return Weight.of(variable.shape(), elements);
    }
  }
}
