package org.dinojvm.model;

import static org.dinojvm.model.Layers.batchMatMul;
import static org.dinojvm.model.Layers.cast;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * A block's computations by TensorFlow's own ops and gradients, for any runtime: of one forward
 * pass.
 *
 * @param epsilon of the layer norms
 */
record PlainTokenOps<T extends TFloating>(Ops tf, Class<T> type, float epsilon)
    implements TokenOps<T> {

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
    int headDim = dim / heads;
    List<Operand<T>> parts =
        TokenOps.byHead(tf, tf.reshape(biased(projected), size.with(tf, 3, heads, headDim)));
    Operand<T> queries =
        cast(tf, TokenOps.scaled(tf, cast(tf, parts.get(0), TFloat32.class), headDim), type);
    Operand<T> weights = tf.nn.softmax(batchMatMul(tf, queries, parts.get(1), true));
    Operand<T> mixed =
        tf.linalg.transpose(
            batchMatMul(tf, weights, parts.get(2), false), tf.constant(new int[] {0, 2, 1, 3}));
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
