package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.require;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Fixed position embeddings of a ViT: sines and cosines of a patch's row and column. */
final class SineCosinePositions {

  private SineCosinePositions() {}

  /**
   * MoCo v3's (vits.py, build_2d_sincos_position_embedding): sin rω, cos rω, sin cω, cos cω of row
   * r and column c, ω_k = 10000^(−k/(D/4)); 0 for what precedes the patches.
   *
   * @param shape [1, T, D], T the tokens of a square grid and those before it
   */
  static Operand<TFloat32> rowsFirst(Ops tf, Shape shape, long[] seed) {
    int tokens = (int) shape.get(1);
    int side = (int) Math.sqrt(tokens);
    int dim = (int) shape.get(2);
    int quarter = dim / 4;
    require(dim % 4 == 0, "embed_dim", dim, "must be a multiple of 4 for fixed positions");
    float[][][] positions = new float[1][tokens][dim];
    for (int patch = 0; patch < side * side; patch++) {
      float[] position = positions[0][tokens - side * side + patch];
      for (int k = 0; k < quarter; k++) {
        double omega = Math.pow(10_000, -(double) k / quarter);
        double row = Math.floorDiv(patch, side) * omega;
        double column = Math.floorMod(patch, side) * omega;
        position[k] = (float) Math.sin(row);
        position[quarter + k] = (float) Math.cos(row);
        position[2 * quarter + k] = (float) Math.sin(column);
        position[3 * quarter + k] = (float) Math.cos(column);
      }
    }
    return tf.constant(positions);
  }
}
