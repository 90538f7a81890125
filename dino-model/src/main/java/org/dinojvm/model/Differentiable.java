package org.dinojvm.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.MapMaker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.ExecutionEnvironment;
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
final class Differentiable {

  /** Builds the gradient of some outputs. */
  @FunctionalInterface
  interface Gradient {
    /**
     * Adds the ops. The caller holds the graph's lock, so they must not attach functions.
     *
     * @param inputs of the computation
     * @param outputs of the computation
     * @param dy gradient of the loss for each output
     * @return gradient of the loss for the inputs, in their order; those that need none may be left
     *     out at the end
     */
    List<? extends Operand<?>> of(
        Ops tf, List<Output<?>> inputs, List<Output<?>> outputs, List<Output<?>> dy);
  }

  private static final String CARRIER = "IdentityN";
  private static final String GRADIENT = "_dino_gradient";
  private static final String OUTPUTS = "_dino_outputs";

  /** By graph; a carrier names the place in the list. */
  private static final Map<ExecutionEnvironment, List<Gradient>> GRADIENTS =
      new MapMaker().weakKeys().makeMap();

  static {
    // One registration for all: TensorFlow for Java has room for ten.
    TensorFlow.registerCustomGradient(CARRIER, Differentiable::gradient);
  }

  private Differentiable() {}

  /**
   * Gives outputs a gradient.
   *
   * @param name of the op
   * @param outputs what was computed
   * @param inputs what it was computed from
   * @return the same outputs, differentiable
   */
  static ImmutableList<Output<?>> of(
      Ops tf,
      String name,
      List<? extends Operand<?>> outputs,
      List<? extends Operand<?>> inputs,
      Gradient gradient) {
    List<Gradient> gradients =
        GRADIENTS.computeIfAbsent(
            tf.scope().env(), graph -> Collections.synchronizedList(new ArrayList<>()));
    int number;
    synchronized (gradients) {
      number = gradients.size();
      gradients.add(gradient);
    }
    List<Output<?>> carried = new ArrayList<>();
    for (Operand<?> output : outputs) {
      carried.add(tf.stopGradient(output).asOutput()); // the carrier's gradient takes over
    }
    inputs.forEach(input -> carried.add(input.asOutput()));
    OperationBuilder carrier = tf.scope().opBuilder(CARRIER, name);
    carrier.addInputList(carried.toArray(new Output<?>[0]));
    carrier.setAttr(GRADIENT, (long) number);
    carrier.setAttr(OUTPUTS, (long) outputs.size());
    Operation built = carrier.build();
    return IntStream.range(0, outputs.size())
        .mapToObj(built::output)
        .collect(ImmutableList.<Output<?>>toImmutableList());
  }

  private static List<Operand<?>> gradient(Ops tf, GraphOperation carrier, List<Output<?>> dy) {
    int outputs = (int) carrier.attributes().getAttrInt(OUTPUTS);
    List<Output<?>> carried = new ArrayList<>();
    for (int i = 0; i < carrier.numInputs(); i++) {
      carried.add(carrier.input(i));
    }
    List<? extends Operand<?>> dx =
        GRADIENTS
            .get(tf.scope().env())
            .get((int) carrier.attributes().getAttrInt(GRADIENT))
            .of(
                tf,
                carried.subList(outputs, carried.size()),
                carried.subList(0, outputs),
                dy.subList(0, outputs));
    List<Operand<?>> all = new ArrayList<>();
    for (int i = 0; i < carried.size(); i++) {
      boolean given = i >= outputs && i < outputs + dx.size();
      all.add(given ? dx.get(i - outputs) : tf.zerosLike(carried.get(i)));
    }
    return all;
  }
}
