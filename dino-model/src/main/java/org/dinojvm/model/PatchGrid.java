package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * How many patches a Vision Transformer sees: scalars, constants where the graph knows the
 * pictures' shape, so that all that follows from them folds.
 *
 * @param pictures B
 * @param height h, in patches
 * @param width w, in patches
 * @param prefix tokens before those of the patches: class token and registers
 */
record PatchGrid(
    Operand<TInt32> pictures, Operand<TInt32> height, Operand<TInt32> width, int prefix) {

  /**
   * Of pictures.
   *
   * @param images [B, H, W, 3]
   */
  static PatchGrid of(Ops tf, Operand<TFloat32> images, int patchSize, int prefix) {
    Operand<TInt32> side = tf.constant(patchSize);
    return new PatchGrid(
        size(tf, images, 0),
        tf.math.div(size(tf, images, 1), side),
        tf.math.div(size(tf, images, 2), side),
        prefix);
  }

  /** h·w. */
  Operand<TInt32> patches(Ops tf) {
    return tf.math.mul(height, width);
  }

  /** T, with those before the patches. */
  Operand<TInt32> tokens(Ops tf) {
    return tf.math.add(patches(tf), tf.constant(prefix));
  }

  /** Number of pictures and of the tokens of each, B and T. */
  record Known(int pictures, int tokens) {}

  /**
   * The numbers of pictures whose shape the graph knows.
   *
   * @param images [B, H, W, 3]
   */
  static Known known(Operand<TFloat32> images, int patchSize, int prefix) {
    Shape shape = images.shape();
    checkArgument(
        !shape.hasUnknownDimension(),
        "blocks can be recomputed for pictures of known number and size only, these are %s",
        shape);
    long patches = shape.get(1) / patchSize * (shape.get(2) / patchSize);
    return new Known((int) shape.get(0), (int) patches + prefix);
  }

  private static Operand<TInt32> size(Ops tf, Operand<TFloat32> images, int axis) {
    long known = images.shape().get(axis);
    if (known != Shape.UNKNOWN_SIZE) {
      return tf.constant((int) known);
    }
    return tf.reshape(
        tf.slice(tf.shape(images), tf.constant(new int[] {axis}), tf.constant(new int[] {1})),
        tf.constant(new int[0]));
  }
}
