package org.dinojvm.model;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Convolutions of maps, without bias. Kernels have the layout [height, width, inputs of a filter,
 * filters].
 *
 * <p>Letters in shapes: B pictures, h × w pixels, C channels.
 */
public final class Convolutions {

  private Convolutions() {}

  /**
   * Padded by half the kernel on every side as torch does, not TensorFlow's SAME: [B, h, w, in] →
   * [B, ⌈h/stride⌉, ⌈w/stride⌉, out].
   *
   * @param side of the kernel, odd
   */
  public static Operand<TFloat32> padded(
      Ops tf,
      Params p,
      Operand<TFloat32> x,
      int in,
      int out,
      int side,
      int stride,
      Initializer initializer) {
    Operand<TFloat32> kernel = p.get("kernel", Shape.of(side, side, in, out), initializer);
    // Not Conv2D's own explicit padding: TensorFlow's C++ gradient drops that attribute.
    Operand<TFloat32> padded = side == 1 ? x : pad(tf, x, side / 2);
    return tf.nn.conv2d(padded, kernel, strides(stride), "VALID");
  }

  /** Zeros around every picture: [B, h, w, C] → [B, h + 2·margin, w + 2·margin, C]. */
  public static Operand<TFloat32> pad(Ops tf, Operand<TFloat32> x, int margin) {
    int[][] margins = {{0, 0}, {margin, margin}, {margin, margin}, {0, 0}};
    return tf.pad(x, tf.constant(margins), tf.constant(0f));
  }

  /**
   * Cuts a map into squares and multiplies each by the kernel, what does not fill one left out: [B,
   * h, w, in] → [B, ⌊h/side⌋, ⌊w/side⌋, out].
   *
   * @param side of the kernel and its stride
   */
  public static Operand<TFloat32> patches(
      Ops tf, Params p, Operand<TFloat32> x, int in, int out, int side, Initializer initializer) {
    Operand<TFloat32> kernel = p.get("kernel", Shape.of(side, side, in, out), initializer);
    return tf.nn.conv2d(x, kernel, strides(side), "VALID");
  }

  /** The kernel of {@link #depthwise}, one filter a channel: [side, side, 1, C]. */
  public static Operand<TFloat32> depthwiseKernel(
      Params p, int channels, int side, Initializer initializer) {
    return p.get("kernel", Shape.of(side, side, 1, channels), initializer);
  }

  /**
   * Each channel by its own filter, padded by half the kernel on every side: [B, h, w, C] → [B, h,
   * w, C].
   *
   * @param kernel [side, side, 1, C], side odd
   */
  public static Operand<TFloat32> depthwise(Ops tf, Operand<TFloat32> x, Operand<TFloat32> kernel) {
    Shape shape = kernel.shape();
    Operand<TFloat32> filters =
        tf.reshape(
            kernel,
            tf.constant(new long[] {shape.get(0), shape.get(1), shape.get(3), shape.get(2)}));
    return tf.nn.depthwiseConv2dNative(x, filters, strides(1), "SAME");
  }

  private static List<Long> strides(long stride) {
    return List.of(1L, stride, stride, 1L);
  }
}
