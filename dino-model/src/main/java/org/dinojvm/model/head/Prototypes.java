package org.dinojvm.model.head;

import static org.dinojvm.model.Initializer.uniform;

import org.dinojvm.model.Params;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;

/**
 * SwAV's prototypes (Caron et al. 2020, arXiv:2006.09882): a linear layer without bias whose
 * columns have length 1. As published they are normalized in place before each forward pass, and no
 * gradient flows through that.
 *
 * @param dim D, features
 * @param count K, prototypes
 */
public record Prototypes(int dim, int count) {

  /** Where they are below a network's registry. */
  public static final String NAME = "prototypes.heads.0";

  /**
   * The prototypes of this step, [D, K].
   *
   * @param network the network's registry
   */
  public Operand<TFloat32> of(Ops tf, Params network) {
    return network
        .at("prototypes")
        .at("heads")
        .at(0)
        .get(
            "kernel",
            Shape.of(dim, count),
            uniform(1 / Math.sqrt(dim)),
            kernel -> unitColumns(tf, kernel));
  }

  /** Columns of length 1: [D, K] → [D, K]. */
  private static Operand<TFloat32> unitColumns(Ops tf, Operand<TFloat32> x) {
    Operand<TFloat32> squared =
        tf.reduceSum(tf.math.square(x), tf.constant(0), ReduceSum.keepDims(true));
    return tf.math.mul(x, tf.math.rsqrt(tf.math.maximum(squared, tf.constant(1e-24f))));
  }
}
