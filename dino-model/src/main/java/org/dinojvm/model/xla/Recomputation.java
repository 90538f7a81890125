package org.dinojvm.model.xla;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;

/**
 * Gradients by computing again: of a piece of the network nothing is kept but its inputs, and a
 * function derived from its ops is the whole of its backward pass (Chen et al. 2016).
 */
public final class Recomputation {

  private Recomputation() {}

  /**
   * Gives outputs a gradient that computes them again.
   *
   * @param name of the computation; one name must always stand for the same computation
   * @param outputs what was computed, float32
   * @param inputs what it was computed from, of known shapes; the first one is waited for
   * @param others inputs that need no gradient
   * @param again computes the outputs from inputs and others, with gradients
   * @return the same outputs, differentiable
   */
  public static Tensors of(
      Ops tf, String name, Tensors outputs, Tensors inputs, Tensors others, Region.Body again) {
    Tensors dy = Tensors.none();
    for (String output : outputs.names()) {
      dy = dy.and("d_" + output, outputs.any(output));
    }
    GraphFunction backward =
        GraphFunction.of(
            tf,
            name + "_backward",
            inputs.and(others).and(dy),
            false,
            (ops, in) -> gradients(ops, in, again.of(ops, in), inputs));
    String first = inputs.names().get(0);
    return CustomGradient.of(tf, name, outputs, inputs, others, gradient(backward, first));
  }

  private static CustomGradient.Gradient gradient(GraphFunction backward, String first) {
    return (ops, values, dy) -> {
      Tensors arguments = Tensors.none();
      for (String output : dy.names()) {
        arguments = arguments.and("d_" + output, dy.any(output));
      }
      for (String name : values.names()) {
        Operand<?> value = values.any(name);
        if (name.equals(first)) {
          value = after(ops, dy.all().get(0).asOutput(), value.asOutput());
        }
        arguments = arguments.and(name, value);
      }
      return backward.call(ops, arguments);
    };
  }

  /** The gradients for the inputs, by their names. */
  private static Tensors gradients(Ops tf, Tensors in, Tensors outputs, Tensors inputs) {
    List<Operand<?>> ends = new ArrayList<>();
    List<Operand<?>> dy = new ArrayList<>();
    for (String output : outputs.names()) {
      ends.add(tf.identity(outputs.any(output))); // one that leads to another would lose gradients
      dy.add(in.any("d_" + output));
    }
    List<Operand<?>> starts = new ArrayList<>();
    inputs.names().forEach(name -> starts.add(in.any(name)));
    Gradients gradients = tf.gradients(ends, starts, Gradients.dx(dy));
    Tensors dx = Tensors.none();
    for (int i = 0; i < starts.size(); i++) {
      dx = dx.and(inputs.names().get(i), gradients.dy(i));
    }
    return dx;
  }

  /**
   * A value, not before another is there. Else ops on it could run before their time, or be taken
   * for the same ops elsewhere. Added to the op itself: scopes of gradients ignore control
   * dependencies.
   */
  private static Output<?> after(Ops tf, Output<?> other, Output<?> value) {
    OperationBuilder late = tf.scope().opBuilder("Identity", "after");
    late.addInput(value);
    late.addControlInput(other.op());
    return late.build().output(0);
  }
}
