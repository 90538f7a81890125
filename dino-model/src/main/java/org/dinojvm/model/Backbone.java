package org.dinojvm.model;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A network from pictures to one feature vector a picture. */
public interface Backbone {

  /** Number of features D. */
  int embedDim();

  /**
   * The forward pass.
   *
   * @param p the registry level that holds this backbone's weights
   * @param images [B, H, W, 3], normalised
   * @return [B, D]
   */
  Operand<TFloat32> features(Ops tf, Params p, Operand<TFloat32> images, Mode mode);

  /**
   * Multiplications with addition in the matrix products and convolutions of one picture's forward
   * pass: Σ m·n·k. What else a network computes grows slower with its width.
   *
   * @param side of the square picture in pixels
   */
  long multiplyAdds(int side);
}
