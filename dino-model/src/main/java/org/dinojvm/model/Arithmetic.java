package org.dinojvm.model;

import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * How a backbone computes.
 *
 * @param type of matrix products and of the activations between them: {@link TFloat32} or {@link
 *     TBfloat16}. Weights, the residual stream, normalization, the head and the loss are float32 in
 *     either case
 * @param fused whether XLA compiles what stands between matrix products, see {@link
 *     org.dinojvm.model.xla.Region}. Needs the XLA compiler in the runtime that executes the graph;
 *     the numbers agree to rounding
 * @param recompute whether the backward pass runs each block again instead of keeping what it
 *     computed. For Vision Transformers and crops whose number and size the graph knows
 */
public record Arithmetic(Class<? extends TFloating> type, boolean fused, boolean recompute) {

  /** Float32, one TensorFlow op at a time: for graphs that any runtime shall be able to load. */
  public static final Arithmetic PLAIN = new Arithmetic(TFloat32.class, false, false);

  /** Float32, fused. */
  public static final Arithmetic FLOAT32 = new Arithmetic(TFloat32.class, true, false);

  /** Bfloat16 with float32 weights, fused. */
  public static final Arithmetic BF16 = new Arithmetic(TBfloat16.class, true, false);

  /** The same, with blocks recomputed. */
  public Arithmetic recomputing() {
    return new Arithmetic(type, fused, true);
  }
}
