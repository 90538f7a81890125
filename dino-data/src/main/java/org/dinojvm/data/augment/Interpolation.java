package org.dinojvm.data.augment;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** How a crop is resized, always with antialiasing, as Pillow does. */
public enum Interpolation {
  /** Keys' cubic convolution with a = −0.5, Pillow's BICUBIC. */
  BICUBIC("keyscubic", 2) {
    @Override
    Operand<TFloat32> weights(Ops tf, Operand<TFloat32> distances) {
      Operand<TFloat32> near = // (1.5 d − 2.5) d² + 1
          polynomial(tf, distances, 1.5f, -2.5f, 0, 1);
      Operand<TFloat32> far = // ((−0.5 d + 2.5) d − 4) d + 2
          polynomial(tf, distances, -0.5f, 2.5f, -4, 2);
      Operand<TFloat32> one = tf.constant(1f);
      Operand<TFloat32> two = tf.constant(2f);
      return tf.select(
          tf.math.less(distances, one),
          near,
          tf.select(tf.math.less(distances, two), far, tf.constant(0f)));
    }
  },
  /** The triangle filter, Pillow's BILINEAR. */
  BILINEAR("triangle", 1) {
    @Override
    Operand<TFloat32> weights(Ops tf, Operand<TFloat32> distances) {
      return tf.math.maximum(tf.math.sub(tf.constant(1f), distances), tf.constant(0f));
    }
  };

  /** The name under which TensorFlow's ScaleAndTranslate knows the filter. */
  final String kernel;

  /** Beyond this distance in pixels the filter is 0. */
  final int radius;

  Interpolation(String kernel, int radius) {
    this.kernel = kernel;
    this.radius = radius;
  }

  /** The filter at distances of 0 and more, in pixels. */
  abstract Operand<TFloat32> weights(Ops tf, Operand<TFloat32> distances);

  /** The coefficients' polynomial, the highest power first. */
  private static Operand<TFloat32> polynomial(Ops tf, Operand<TFloat32> x, float... coefficients) {
    Operand<TFloat32> sum = tf.constant(coefficients[0]);
    for (int i = 1; i < coefficients.length; i++) {
      sum = tf.math.add(tf.math.mul(sum, x), tf.constant(coefficients[i]));
    }
    return sum;
  }
}
