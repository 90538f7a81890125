package org.dinojvm.model;

import static org.dinojvm.model.Layers.batchMatMul;
import static org.dinojvm.model.Layers.cast;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/** A block's computations by TensorFlow's own ops and gradients, for any runtime. */
final class PlainTokenOps<T extends TFloating> implements TokenOps<T> {

  private final Ops tf;
  private final Class<T> type;
  private final float epsilon;

  /**
   * For one forward pass.
   *
   * @param epsilon of the layer norms
   */
  PlainTokenOps(Ops tf, Class<T> type, float epsilon) {
    this.tf = tf;
    this.type = type;
    this.epsilon = epsilon;
  }

  @Override
  public Projected<T> project(
      Operand<TFloat32> stream, Optional<Branch<T>> branch, Norm norm, Linear<T> linear) {
    Operand<TFloat32> sum = branch.isPresent() ? add(stream, branch.get()) : stream;
    Operand<TFloat32> normed = Layers.layerNorm(tf, sum, norm.weight(), norm.bias(), epsilon);
    return new Projected<>(sum, linear.of(tf, cast(tf, normed, type)));
  }

  @Override
  public Attended<T> attention(Product<T> projected, int heads, Size size) {
    int dim = (int) (projected.bias().shape().get(0) / 3);
    Operand<TInt32> byHead =
        tf.stack(
            List.of(
                size.pictures(),
                size.tokens(),
                tf.constant(3),
                tf.constant(heads),
                tf.constant(dim / heads)));
    Operand<T> parts = // [3, B, N, T, d/N]
        tf.linalg.transpose(
            tf.reshape(biased(projected), byHead), tf.constant(new int[] {2, 0, 3, 1, 4}));
    List<Operand<T>> three = List.copyOf(tf.unstack(parts, 3L).output());
    // Scaled queries, for they are fewer than the products.
    Operand<TFloat32> scale = tf.constant((float) Math.sqrt((double) heads / dim));
    Operand<T> queries = cast(tf, tf.math.mul(cast(tf, three.get(0), TFloat32.class), scale), type);
    Operand<T> weights = tf.nn.softmax(batchMatMul(tf, queries, three.get(1), true));
    Operand<T> mixed =
        tf.linalg.transpose(
            batchMatMul(tf, weights, three.get(2), false), tf.constant(new int[] {0, 2, 1, 3}));
    return new Attended<>(tf.reshape(mixed, tf.constant(new int[] {-1, dim})), weights);
  }

  @Override
  public Product<T> geluLinear(Product<T> x, Linear<T> linear) {
    Operand<TFloat32> activated = Layers.gelu(tf, cast(tf, biased(x), TFloat32.class));
    return linear.of(tf, cast(tf, activated, type));
  }

  @Override
  public Operand<TFloat32> add(Operand<TFloat32> stream, Branch<T> branch) {
    Operand<TFloat32> value = cast(tf, biased(branch.product()), TFloat32.class);
    return tf.math.add(
        stream, branch.factor().map(f -> (Operand<TFloat32>) tf.math.mul(value, f)).orElse(value));
  }

  private Operand<T> biased(Product<T> product) {
    return tf.nn.biasAdd(product.value(), cast(tf, product.bias(), type));
  }
}
