package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.List;
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
public record PatchGrid(
    Operand<TInt32> pictures, Operand<TInt32> height, Operand<TInt32> width, int prefix) {

  /**
   * Of pictures.
   *
   * @param images [B, H, W, 3]
   */
  public static PatchGrid of(Ops tf, Operand<TFloat32> images, int patchSize, int prefix) {
    Operand<TInt32> side = tf.constant(patchSize);
    return new PatchGrid(
        size(tf, images, 0),
        tf.math.div(size(tf, images, 1), side),
        tf.math.div(size(tf, images, 2), side),
        prefix);
  }

  /** K patches of each picture in one row. */
  static PatchGrid row(Ops tf, Operand<TInt32> pictures, int patches, int prefix) {
    return new PatchGrid(pictures, tf.constant(1), tf.constant(patches), prefix);
  }

  /** h·w. */
  public Operand<TInt32> patches(Ops tf) {
    return tf.math.mul(height, width);
  }

  /** T, with those before the patches. */
  Operand<TInt32> tokens(Ops tf) {
    return tf.math.add(patches(tf), tf.constant(prefix));
  }

  /** The shape [B, h·w, features]. */
  public Operand<TInt32> rows(Ops tf, int features) {
    return tf.stack(List.of(pictures, patches(tf), tf.constant(features)));
  }

  /** The shape [B, h, w, features]. */
  public Operand<TInt32> map(Ops tf, int features) {
    return tf.stack(List.of(pictures, height, width, tf.constant(features)));
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

  /** Size of an axis: a scalar, constant where the graph knows it. */
  public static Operand<TInt32> size(Ops tf, Operand<TFloat32> tensor, int axis) {
    long known = tensor.shape().get(axis);
    if (known != Shape.UNKNOWN_SIZE) {
      return tf.constant((int) known);
    }
    return tf.reshape(
        tf.slice(tf.shape(tensor), tf.constant(new int[] {axis}), tf.constant(new int[] {1})),
        tf.constant(new int[0]));
  }
}
