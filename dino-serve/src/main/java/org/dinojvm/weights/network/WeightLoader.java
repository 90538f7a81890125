package org.dinojvm.weights.network;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.checkpoint.CheckpointParts;
import org.dinojvm.model.Params;
import org.dinojvm.model.Params.Variable;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Gives a network the values of published weights, and reads them back under published names. */
public final class WeightLoader {

  private record Slot(Variable variable, Placeholder<TFloat32> value, Op assign) {}

  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private final ExpectedWeights expected;

  /**
   * Adds the ops to a graph.
   *
   * @param tf ops of the graph
   * @param params the network's weights, all of them created
   */
  public WeightLoader(Ops tf, Params params) {
    expected = ExpectedWeights.of(params);
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
    set(session, expected.all(published));
  }

  /**
   * Sets some weights of the network; the others stay as they are.
   *
   * @param published weights of the network, by published name
   * @throws IllegalArgumentException if weights are unknown, of another shape or not finite
   */
  public void loadSome(Session session, Map<String, Weight> published) {
    set(session, expected.some(published));
  }

  /**
   * Writes published weights as a checkpoint of a network whose variables never hold them: only a
   * part of them is in memory at a time.
   *
   * @param params the network's weights, all of them created
   * @param published exactly these, by published name
   * @param prefix path of the checkpoint's files up to {@code .index}, in a folder that exists
   * @throws IllegalArgumentException as {@link #load} does; what was written is then of no use
   * @throws IOException if it cannot be written
   */
  public static void save(Params params, Map<String, Weight> published, Path prefix)
      throws IOException {
    ImmutableMap<String, Weight> parameters = ExpectedWeights.of(params).all(published);
    List<String> notFinite = new ArrayList<>();
    List<CheckpointParts.Entry> entries =
        params.variables().stream()
            .map(
                variable -> {
                  String name = params.relativeName(variable);
                  Weight weight = parameters.get(name);
                  return new CheckpointParts.Entry(
                      variable.name(),
                      (long) weight.size() * Float.BYTES,
                      () -> tensor(name, weight, notFinite));
                })
            .toList();
    CheckpointParts.write(prefix, entries);
    FiniteCheck.refuse(notFinite);
  }

  private void set(Session session, Map<String, Weight> parameters) {
    List<String> notFinite = new ArrayList<>();
    List<TFloat32> values = new ArrayList<>();
    try { // all in one run: each further one would prepare the graph anew
      Session.Runner runner = session.runner();
      parameters.forEach(
          (name, weight) -> {
            TFloat32 value = tensor(name, weight, notFinite);
            values.add(value);
            runner.feed(slots.get(name).value(), value).addTarget(slots.get(name).assign());
          });
      FiniteCheck.refuse(notFinite);
      runner.run().close();
    } finally {
      values.forEach(TFloat32::close);
    }
  }

  /**
   * A weight's values, of its shape.
   *
   * @param notFinite gets the published name of a weight whose values are not
   */
  private static TFloat32 tensor(String name, Weight weight, List<String> notFinite) {
    float[] elements = weight.floats();
    if (!FiniteCheck.allFinite(elements)) {
      notFinite.add(PublishedNames.publishedName(name));
    }
    return TFloat32.tensorOf(weight.shape(), DataBuffers.of(elements));
  }

  /**
   * The first weight by which the network is not theirs, in the order of the file.
   *
   * @param published weights by published name
   * @param resizable published names whose shape may be another
   */
  public Optional<String> firstDifference(Map<String, Weight> published, Set<String> resizable) {
    return expected.firstDifference(published, resizable);
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
