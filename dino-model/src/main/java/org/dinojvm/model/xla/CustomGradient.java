package org.dinojvm.model.xla;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;

/**
 * Values with a gradient written in Java, as Python's {@code tf.custom_gradient} has it: an {@code
 * IdentityN} op, which costs nothing and has no gradient of TensorFlow's own, passes on the values
 * beside the inputs that they were computed from. When {@code tf.gradients} meets it, the gradient
 * is built.
 */
public final class CustomGradient {

  /** Builds the gradient of some outputs. */
  @FunctionalInterface
  public interface Gradient {
    /**
     * Adds the ops. The caller holds the graph's lock, so they must not attach functions or ask for
     * shapes. Must hold no operand of the graph: what is needed of the forward pass is saved.
     *
     * @param values inputs, saved values and outputs of the computation, by name
     * @param dy gradient of the loss for each output, by its name
     * @return gradient of the loss for each input, by its name; those that need none may be left
     *     out, other names do no harm
     */
    Tensors of(Ops tf, Tensors values, Tensors dy);
  }

  /** A gradient and the names of what its carrier carries, in order. */
  record Entry(
      Gradient gradient,
      ImmutableList<String> outputs,
      ImmutableList<String> inputs,
      ImmutableList<String> saved) {

    ImmutableList<String> carried() {
      return ImmutableList.<String>builder().addAll(outputs).addAll(inputs).addAll(saved).build();
    }
  }

  private static final String CARRIER = "IdentityN";
  private static final String NUMBER = "_dino_gradient";

  static {
    // One registration for all: TensorFlow for Java has room for ten.
    TensorFlow.registerCustomGradient(CARRIER, CustomGradient::gradient);
  }

  private CustomGradient() {}

  /**
   * Gives outputs a gradient.
   *
   * @param name of the op
   * @param outputs what was computed
   * @param inputs what it was computed from
   * @param saved what else the gradient needs; no gradient flows there
   * @return the same outputs, differentiable
   */
  public static Tensors of(
      Ops tf, String name, Tensors outputs, Tensors inputs, Tensors saved, Gradient gradient) {
    Entry entry = new Entry(gradient, outputs.names(), inputs.names(), saved.names());
    List<Operand<?>> carried = new ArrayList<>();
    outputs.all().forEach(output -> carried.add(tf.stopGradient(output))); // the carrier takes over
    carried.addAll(inputs.all());
    saved.all().forEach(value -> carried.add(tf.stopGradient(value)));
    OperationBuilder carrier = tf.scope().opBuilder(CARRIER, name);
    carrier.addInputList(carried.stream().map(Operand::asOutput).toArray(Output<?>[]::new));
    carrier.setAttr(NUMBER, (long) GraphMemory.of(tf).add(entry));
    Operation built = carrier.build();
    Tensors differentiable = Tensors.none();
    for (int i = 0; i < entry.outputs().size(); i++) {
      differentiable = differentiable.and(entry.outputs().get(i), built.output(i));
    }
    return differentiable;
  }

  private static List<Operand<?>> gradient(Ops tf, GraphOperation carrier, List<Output<?>> dy) {
    Entry entry = GraphMemory.of(tf).gradient((int) carrier.attributes().getAttrInt(NUMBER));
    ImmutableList<String> names = entry.carried();
    Tensors values = Tensors.none();
    for (int i = 0; i < names.size(); i++) {
      values = values.and(names.get(i), carrier.input(i));
    }
    Tensors byOutput = Tensors.none();
    for (int i = 0; i < entry.outputs().size(); i++) {
      byOutput = byOutput.and(entry.outputs().get(i), dy.get(i));
    }
    Tensors dx = entry.gradient().of(tf, values, byOutput);
    List<Operand<?>> all = new ArrayList<>();
    for (String name : names) {
      boolean given = entry.inputs().contains(name) && dx.has(name);
      all.add(given ? dx.any(name) : tf.zerosLike(values.any(name)));
    }
    return all;
  }
}
