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
    return tf.constant(positions(shape, true));
  }

  /**
   * MAE's (pos_embed.py, get_2d_sincos_pos_embed): the same with the column's half before the
   * row's.
   *
   * @param shape [1, T, D]
   */
  static Operand<TFloat32> columnsFirst(Ops tf, Shape shape, long[] seed) {
    return tf.constant(positions(shape, false));
  }

  private static float[][][] positions(Shape shape, boolean rowsFirst) {
    int tokens = (int) shape.get(1);
    int side = (int) Math.sqrt(tokens);
    int dim = (int) shape.get(2);
    int half = dim / 2;
    require(dim % 4 == 0, "embed_dim", dim, "must be a multiple of 4 for fixed positions");
    float[][][] positions = new float[1][tokens][dim];
    for (int patch = 0; patch < side * side; patch++) {
      float[] position = positions[0][tokens - side * side + patch];
      put(position, rowsFirst ? 0 : half, Math.floorDiv(patch, side));
      put(position, rowsFirst ? half : 0, Math.floorMod(patch, side));
    }
    return positions;
  }

  /** Sines, then cosines of a place on one axis, in a half of the features. */
  private static void put(float[] position, int start, int place) {
    int quarter = position.length / 4;
    for (int k = 0; k < quarter; k++) {
      double angle = place * Math.pow(10_000, -(double) k / quarter);
      position[start + k] = (float) Math.sin(angle);
      position[start + quarter + k] = (float) Math.cos(angle);
    }
  }
}
