package org.dinojvm.model;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/** The initial value of a weight, a pure function of the seed: {@code value(shape, seed)}. */
@FunctionalInterface
public interface Initializer {

  /**
   * Builds the initial value.
   *
   * @param tf ops of the graph that initializes the weight
   * @param shape shape of the weight
   * @param seed two numbers from which alone the random ones are drawn
   * @return a tensor of that shape
   */
  Operand<TFloat32> value(Ops tf, Shape shape, long[] seed);

  /** All zeros. */
  static Initializer zeros() {
    return constant(0);
  }

  /** All ones. */
  static Initializer ones() {
    return constant(1);
  }

  /**
   * One number everywhere. Not by {@code tf.zeros} or tensorflow-framework's initializers: each of
   * those opens a name scope, for which TensorFlow for Java reads the names of all operations that
   * the graph has, so that a graph of many weights takes time by the square of its size.
   */
  static Initializer constant(float number) {
    return (tf, shape, seed) ->
        tf.fill(Unfolded.of(tf, tf.constant(shape.asArray())), tf.constant(number));
  }

  /**
   * N(0, std²). The published {@code trunc_normal_(std=.02)} cuts at ±2 absolute, a hundred
   * standard deviations away, so it is in effect uncut.
   */
  static Initializer normal(double std) {
    return (tf, shape, seed) ->
        tf.math.mul(
            tf.random.statelessRandomNormal(
                tf.constant(shape.asArray()), Unfolded.of(tf, tf.constant(seed))),
            tf.constant((float) std));
  }

  /** U(−bound, bound). */
  static Initializer uniform(double bound) {
    return (tf, shape, seed) -> {
      Operand<TFloat32> unit =
          tf.random.statelessRandomUniform(
              tf.constant(shape.asArray()), Unfolded.of(tf, tf.constant(seed)));
      return tf.math.mul(tf.math.sub(unit, tf.constant(0.5f)), tf.constant((float) (2 * bound)));
    };
  }

  /**
   * Constants that TensorFlow takes for something that may change. What is computed from constants
   * alone it would compute when the graph is first run, and hold in memory as long as the session
   * lives: once as part of the graph and once as a tensor, beside the variable.
   */
  final class Unfolded {

    private Unfolded() {}

    static <T extends TType> Operand<T> of(Ops tf, Operand<T> constant) {
      return tf.guaranteeConst(constant); // not touched by optimizers: it counts as stateful
    }
  }
}
