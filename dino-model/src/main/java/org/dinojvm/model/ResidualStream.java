package org.dinojvm.model;

import static org.dinojvm.model.Layers.cast;

import java.util.List;
import java.util.Optional;
import org.dinojvm.model.TokenLayers.Activation;
import org.dinojvm.model.TokenLayers.Product;
import org.dinojvm.model.xla.CustomGradient;
import org.dinojvm.model.xla.GraphFunction;
import org.dinojvm.model.xla.Sums;
import org.dinojvm.model.xla.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * The residual stream between two layers: rows, and the branch that is yet to be added to them. The
 * first layer that reads the sum adds the branch, in its own region; {@link #sum} adds it where
 * none did.
 *
 * <p>Letters in shapes: n rows, D features.
 */
public final class ResidualStream<T extends TFloating> {

  /**
   * What is to be added.
   *
   * @param product [n, D]
   * @param gain [D] of its features, for layer scale
   * @param factor [n, 1] of the branch, for stochastic depth
   */
  private record Branch<T extends TFloating>(
      Product<T> product, Optional<Operand<TFloat32>> gain, Optional<Operand<TFloat32>> factor) {}

  private final TokenLayers<T> layers;
  private final Operand<TFloat32> rows;
  private final Optional<Branch<T>> branch;
  private Optional<Operand<TFloat32>> sum;

  private ResidualStream(
      TokenLayers<T> layers, Operand<TFloat32> rows, Optional<Branch<T>> branch) {
    this.layers = layers;
    this.rows = rows;
    this.branch = branch;
    sum = branch.isPresent() ? Optional.empty() : Optional.of(rows);
  }

  /** A stream that starts. */
  public static <T extends TFloating> ResidualStream<T> of(
      TokenLayers<T> layers, Operand<TFloat32> rows) {
    return new ResidualStream<>(layers, rows, Optional.empty());
  }

  /** x + factor · gain ∘ (product + bias). */
  public ResidualStream<T> plus(
      Product<T> product, Optional<Operand<TFloat32>> gain, Optional<Operand<TFloat32>> factor) {
    return new ResidualStream<>(layers, sum(), Optional.of(new Branch<>(product, gain, factor)));
  }

  /** Layer norm of the sum, with the weights of this level: [n, D]. */
  public Activation<T> norm(Params p, int dim, float epsilon) {
    return NormLinear.of(layers, this, p, dim, epsilon);
  }

  /** The same in float32, for what is no matrix product. */
  public Operand<TFloat32> normRows(Params p, int dim, float epsilon) {
    return NormLinear.of(layers, this, p, dim, epsilon).rows();
  }

  /** The rows with the branch added, [n, D]. */
  public Operand<TFloat32> sum() {
    if (sum.isEmpty()) {
      sum = Optional.of(layers.compiled() ? compiledSum() : inlineSum(branch.orElseThrow()));
    }
    return sum.get();
  }

  /** Whether the branch is yet to be added. */
  boolean pending() {
    return sum.isEmpty();
  }

  /** Takes the sum from the layer that added the branch, [n, D]. */
  void settle(Operand<TFloat32> added) {
    sum = Optional.of(added);
  }

  /** What {@link #sum(Ops, Tensors)} adds up, but the factor. */
  Tensors addends() {
    return pending()
        ? Tensors.of("stream", rows)
            .and("branch", branch.map(b -> b.product().value()))
            .and("branch_bias", branch.map(b -> b.product().bias()))
            .and("gain", branch.flatMap(Branch::gain))
        : Tensors.of("stream", sum());
  }

  /** The factor of the branch, if it is yet to be added and has one. */
  Tensors factor() {
    return pending()
        ? Tensors.none().and("factor", branch.flatMap(Branch::factor))
        : Tensors.none();
  }

  /**
   * What the backward pass reads of the {@link #addends}: nothing without layer scale, whose
   * gradient needs the branch once more.
   */
  Tensors readAgain() {
    Tensors addends = addends();
    return addends.has("gain")
        ? Tensors.none()
            .and("branch", branch.map(b -> b.product().value()))
            .and("branch_bias", addends.get("branch_bias"))
            .and("gain", addends.get("gain"))
        : Tensors.none();
  }

  /** The sum in a region: stream + factor · gain ∘ (branch + bias), [n, D]. */
  static Operand<TFloat32> sum(Ops ops, Tensors in) {
    if (!in.has("branch")) {
      return in.get("stream");
    }
    Operand<TFloat32> biased = ops.math.add(in.get("branch"), in.get("branch_bias"));
    return ops.math.add(in.get("stream"), scaled(ops, gained(ops, biased, in), in));
  }

  /**
   * The gradients for a branch, its bias and its gain from that for the sum: none where there is no
   * branch.
   *
   * @param in holds the factor, if the branch has one, and what is {@linkplain #readAgain read
   *     again}
   */
  static <T extends TFloating> Tensors branchGradients(
      Ops ops, TokenLayers<T> layers, Operand<TFloat32> dSum, Tensors in) {
    Operand<TFloat32> dGained = scaled(ops, dSum, in);
    Operand<TFloat32> dBranch = gained(ops, dGained, in);
    Tensors gradients =
        Tensors.of("branch", layers.typed(ops, dBranch))
            .and("branch_bias", Sums.overRows(ops, dBranch));
    if (!in.has("gain")) {
      return gradients;
    }
    Operand<TFloat32> biased = ops.math.add(in.get("branch"), in.get("branch_bias"));
    return gradients.and("gain", Sums.overRows(ops, ops.math.mul(dGained, biased)));
  }

  private static Operand<TFloat32> gained(Ops ops, Operand<TFloat32> x, Tensors in) {
    return in.has("gain") ? ops.math.mul(x, in.get("gain")) : x;
  }

  private static Operand<TFloat32> scaled(Ops ops, Operand<TFloat32> x, Tensors in) {
    return in.has("factor") ? ops.math.mul(x, in.get("factor")) : x;
  }

  private Operand<TFloat32> inlineSum(Branch<T> added) {
    Ops tf = layers.tf();
    Operand<TFloat32> biased = cast(tf, added.product().biased(tf), TFloat32.class);
    Operand<TFloat32> value =
        added.gain().map(g -> (Operand<TFloat32>) tf.math.mul(biased, g)).orElse(biased);
    return tf.math.add(
        rows, added.factor().map(f -> (Operand<TFloat32>) tf.math.mul(value, f)).orElse(value));
  }

  private Operand<TFloat32> compiledSum() {
    Ops tf = layers.tf();
    Tensors factor = factor();
    Tensors added =
        layers
            .region("add", List.of(), (ops, in) -> Tensors.of("sum", sum(ops, in)))
            .call(tf, addends().and(factor));
    if (!layers.gradients()) {
      return added.get("sum");
    }
    GraphFunction backward =
        layers
            .region(
                "add_backward",
                List.of(),
                (ops, in) -> branchGradients(ops, layers, in.get("d_sum"), in))
            .function(tf, Tensors.of("d_sum", rows).and(factor).and(readAgain()));
    CustomGradient.Gradient gradient =
        (ops, values, dy) -> {
          Operand<TFloat32> dSum = dy.get("sum");
          return backward.call(ops, values.and("d_sum", dSum)).and("stream", dSum);
        };
    return CustomGradient.of(tf, "add", added, addends(), factor, gradient).get("sum");
  }
}
