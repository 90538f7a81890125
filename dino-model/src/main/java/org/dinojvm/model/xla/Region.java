package org.dinojvm.model.xla;

import com.google.common.base.Joiner;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TNumber;

/**
 * Elementwise ops and reductions that XLA compiles into loops of their own, between the matrix
 * products of a forward or a backward pass. TensorFlow's kernels pass over memory once for each op,
 * and its elementwise ones are compiled for the oldest processor supported; a region reads its
 * inputs and writes its outputs about once, with the instructions of the processor at hand.
 *
 * <p>A region is a function of the graph, called with TensorFlow's {@code _XlaMustCompile}. Calls
 * with one name and the same types and shapes share one function, so it is compiled once. It has no
 * gradient; whoever uses it gives one, see {@link CustomGradient}.
 */
public final class Region {

  /** The computation. */
  @FunctionalInterface
  public interface Body {
    /**
     * Adds the ops.
     *
     * @param in the inputs, in float32 whatever their types outside
     * @return the outputs, in the types that they shall have outside
     */
    Tensors of(Ops tf, Tensors in);
  }

  private final String name;
  private final Body body;

  private Region(String name, Body body) {
    this.name = name;
    this.body = body;
  }

  /**
   * A region.
   *
   * @param name of the computation
   * @param parameters whatever else tells this computation from others of the name
   */
  public static Region of(String name, List<?> parameters, Body body) {
    return new Region(Joiner.on('_').join(name, "", parameters.toArray()), body);
  }

  /**
   * The region's function, to be called later, as in a gradient.
   *
   * @param like has the names, types and shapes of the inputs that it will be called with
   */
  public GraphFunction function(Ops tf, Tensors like) {
    return GraphFunction.of(tf, name, like, true, (ops, in) -> body.of(ops, floats(ops, in)));
  }

  /** Calls the region. */
  public Tensors call(Ops tf, Tensors inputs) {
    return function(tf, inputs).call(tf, inputs);
  }

  @SuppressWarnings("unchecked") // every type that a region may get is a number
  private static Tensors floats(Ops tf, Tensors inputs) {
    Tensors floats = Tensors.none();
    for (String name : inputs.names()) {
      Operand<?> input = inputs.any(name);
      boolean isFloat = input.type() == TFloat32.class;
      floats =
          floats.and(
              name,
              isFloat ? input : tf.dtypes.cast((Operand<? extends TNumber>) input, TFloat32.class));
    }
    return floats;
  }
}
