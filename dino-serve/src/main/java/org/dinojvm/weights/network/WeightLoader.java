package org.dinojvm.weights.network;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
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
   * @throws IllegalArgumentException if weights are missing, unknown, of another shape or not
   *     finite
   */
  public void load(Session session, Map<String, Weight> published) {
    ImmutableMap<String, Weight> parameters = PublishedNames.toProject(published);
    Set<String> missing = Sets.difference(slots.keySet(), parameters.keySet());
    checkArgument(
        missing.isEmpty(),
        "%s of the network's %s weights are missing: %s%s; the file is damaged or mixed up: take it"
            + " anew from where it was published",
        missing.size(),
        slots.size(),
        list(missing),
        unknown(parameters.keySet()).isEmpty()
            ? ""
            : "; not known are " + list(unknown(parameters.keySet())));
    set(session, parameters);
  }

  /**
   * Sets some weights of the network; the others stay as they are.
   *
   * @param published weights of the network, by published name
   * @throws IllegalArgumentException if weights are unknown, of another shape or not finite
   */
  public void loadSome(Session session, Map<String, Weight> published) {
    set(session, PublishedNames.toProject(published));
  }

  private void set(Session session, Map<String, Weight> parameters) {
    Set<String> unknown = unknown(parameters.keySet());
    checkArgument(
        unknown.isEmpty(),
        "%s weights have no place in the network: %s; the file is damaged or mixed up: take it anew"
            + " from where it was published",
        unknown.size(),
        list(unknown));
    parameters.forEach(this::checkShape);
    List<String> notFinite = new ArrayList<>();
    List<TFloat32> values = new ArrayList<>();
    try { // all in one run: each further one would prepare the graph anew
      Session.Runner runner = session.runner();
      parameters.forEach(
          (name, weight) -> {
            float[] elements = weight.floats();
            if (!FiniteCheck.allFinite(elements)) {
              notFinite.add(PublishedNames.publishedName(name));
            }
            TFloat32 value = TFloat32.tensorOf(weight.shape(), DataBuffers.of(elements));
            values.add(value);
            runner.feed(slots.get(name).value(), value).addTarget(slots.get(name).assign());
          });
      FiniteCheck.refuse(notFinite);
      runner.run().close();
    } finally {
      values.forEach(TFloat32::close);
    }
  }

  private Set<String> unknown(Set<String> given) {
    return Sets.difference(given, slots.keySet());
  }

  private static String list(Set<String> parameters) {
    return Messages.list(parameters.stream().map(PublishedNames::publishedName).toList());
  }

  private void checkShape(String name, Weight weight) {
    checkArgument(
        slots.get(name).variable().shape().equals(weight.shape()),
        "%s; the file is damaged or mixed up: take it anew from where it was published",
        difference(name, weight));
  }

  /** A weight of another shape, both in the published layout. */
  private String difference(String name, Weight weight) {
    Shape ours = slots.get(name).variable().shape();
    return "%s is %s, the network has %s"
        .formatted(
            Messages.printable(PublishedNames.publishedName(name)),
            publishedLayout(name, weight),
            publishedLayout(name, Weight.of(ours, new float[(int) ours.size()])).shape());
  }

  private static Weight publishedLayout(String name, Weight weight) {
    return PublishedNames.toPublished(ImmutableMap.of(name, weight)).values().asList().get(0);
  }

  /**
   * The first weight by which the network is not theirs, in the order of the file.
   *
   * @param published weights by published name
   * @param resizable published names whose shape may be another
   */
  public Optional<String> firstDifference(Map<String, Weight> published, Set<String> resizable) {
    ImmutableMap<String, Weight> parameters = PublishedNames.toProject(published);
    for (Map.Entry<String, Weight> entry : parameters.entrySet()) {
      Slot slot = slots.get(entry.getKey());
      String name = PublishedNames.publishedName(entry.getKey());
      if (slot == null) {
        return Optional.of(Messages.printable(name) + " has no place in the network");
      }
      if (!slot.variable().shape().equals(entry.getValue().shape()) && !resizable.contains(name)) {
        return Optional.of(difference(entry.getKey(), entry.getValue()));
      }
    }
    return slots.keySet().stream()
        .filter(name -> !parameters.containsKey(name))
        .findFirst()
        .map(name -> PublishedNames.publishedName(name) + " is missing");
  }

  /** The network's present weights by published name, in its own order. */
  public ImmutableMap<String, Weight> read(Session session) {
    ImmutableMap.Builder<String, Operand<TFloat32>> values = ImmutableMap.builder();
    slots.forEach((name, slot) -> values.put(name, slot.variable().stored()));
    return new SessionWeights(session, values.buildOrThrow()).read();
  }

  /** A float tensor's elements, copied. */
  public static Weight weight(Tensor tensor) {
    return Weight.of(tensor.shape(), FiniteCheck.copy((TFloat32) tensor));
  }
}
