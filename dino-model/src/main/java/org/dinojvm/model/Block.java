package org.dinojvm.model;

import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.ones;
import static org.dinojvm.model.Initializer.zeros;
import static org.dinojvm.model.Layers.cast;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.model.TokenOps.Attended;
import org.dinojvm.model.TokenOps.Branch;
import org.dinojvm.model.TokenOps.Linear;
import org.dinojvm.model.TokenOps.Norm;
import org.dinojvm.model.TokenOps.Product;
import org.dinojvm.model.TokenOps.Projected;
import org.dinojvm.model.TokenOps.Size;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * A pre-norm block of a Vision Transformer: attention and a two-layer perceptron, each a branch of
 * the residual stream.
 *
 * <p>Letters in shapes: B pictures, T tokens, D features, N heads.
 *
 * @param dim D
 * @param heads N
 * @param epsilon of the layer norms
 * @param arithmetic of the block
 */
record Block(int dim, int heads, float epsilon, Arithmetic arithmetic) {

  /** Width of the perceptron in parts of D. */
  static final int MLP_RATIO = 4;

  /**
   * What goes from block to block.
   *
   * @param stream [B·T, D]
   * @param branch to be added to it, by whoever reads it next
   */
  record Stream<T extends TFloating>(Operand<TFloat32> stream, Optional<Branch<T>> branch) {}

  /**
   * What a block gives.
   *
   * @param before the stream that came in, its branch added
   * @param after the stream behind the block
   * @param attention weights [B, N, T, T]
   */
  record Result<T extends TFloating>(
      Operand<TFloat32> before, Stream<T> after, Operand<T> attention) {}

  /** A block's weights, in the order in which {@link #run} takes them. */
  ImmutableList<Operand<TFloat32>> weights(Params p) {
    ImmutableList.Builder<Operand<TFloat32>> weights = ImmutableList.builder();
    addNorm(weights, p.at("norm1"));
    addLinear(weights, p.at("attn").at("qkv"), dim, 3 * dim);
    addLinear(weights, p.at("attn").at("proj"), dim, dim);
    addNorm(weights, p.at("norm2"));
    addLinear(weights, p.at("mlp").at("fc1"), dim, MLP_RATIO * dim);
    addLinear(weights, p.at("mlp").at("fc2"), MLP_RATIO * dim, dim);
    return weights.build();
  }

  private void addNorm(ImmutableList.Builder<Operand<TFloat32>> weights, Params p) {
    weights.add(p.get("weight", Shape.of(dim), ones())).add(p.get("bias", Shape.of(dim), zeros()));
  }

  private static void addLinear(
      ImmutableList.Builder<Operand<TFloat32>> weights, Params p, int in, int out) {
    weights
        .add(p.get("kernel", Shape.of(in, out), normal(0.02)))
        .add(p.get("bias", Shape.of(out), zeros()));
  }

  /**
   * Runs the block.
   *
   * @param weights of the block
   * @param factors [B·T, 1] of its two branches, for stochastic depth; or none
   */
  <T extends TFloating> Result<T> run(
      Ops tf,
      Class<T> type,
      Stream<T> stream,
      List<Operand<TFloat32>> weights,
      List<Operand<TFloat32>> factors,
      Size size) {
    TokenOps<T> ops = ops(tf, type);
    Projected<T> qkv =
        ops.project(
            stream.stream(), stream.branch(), norm(weights, 0), linear(tf, weights, 2, type));
    Attended<T> attended = ops.attention(qkv.product(), heads, size);
    Product<T> attention = Block.<T>linear(tf, weights, 4, type).of(tf, attended.rows());
    Projected<T> hidden =
        ops.project(
            qkv.stream(),
            Optional.of(new Branch<>(attention, factors.stream().findFirst())),
            norm(weights, 6),
            linear(tf, weights, 8, type));
    Product<T> mlp = ops.geluLinear(hidden.product(), linear(tf, weights, 10, type));
    Branch<T> branch = new Branch<>(mlp, factors.stream().skip(1).findFirst());
    return new Result<>(
        qkv.stream(), new Stream<>(hidden.stream(), Optional.of(branch)), attended.weights());
  }

  /** The stream with its branch: [B·T, D]. */
  <T extends TFloating> Operand<TFloat32> joined(Ops tf, Class<T> type, Stream<T> stream) {
    return stream
        .branch()
        .map(branch -> ops(tf, type).add(stream.stream(), branch))
        .orElse(stream.stream());
  }

  /**
   * Runs the block so that the backward pass runs it once more, for which only the stream is kept.
   *
   * @param stream [B·T, D]
   * @return [B·T, D]
   */
  <T extends TFloating> Operand<TFloat32> recomputed(
      Ops tf,
      Class<T> type,
      Operand<TFloat32> stream,
      List<Operand<TFloat32>> weights,
      List<Operand<TFloat32>> factors,
      int pictures,
      int tokens) {
    int firstFactor = 1 + weights.size();
    Fusion.Body body =
        (ops, in) ->
            List.of(
                joined(
                    ops,
                    type,
                    run(
                            ops,
                            type,
                            new Stream<>(in.get(0), Optional.empty()),
                            in.subList(1, firstFactor),
                            in.subList(firstFactor, in.size()),
                            new Size(ops.constant(pictures), ops.constant(tokens)))
                        .after()));
    String name =
        String.join("_", "block", "" + pictures, "" + tokens, "" + heads, "" + epsilon)
            + (arithmetic.fused() ? "_fused" : "")
            + "_"
            + type.getSimpleName();
    List<Operand<TFloat32>> differentiable = new ArrayList<>(List.of(stream));
    differentiable.addAll(weights);
    return Fusion.output(
        Fusion.of(name, body, List.of(TFloat32.class)).recomputed(tf, differentiable, factors), 0);
  }

  private static Norm norm(List<Operand<TFloat32>> weights, int first) {
    return new Norm(weights.get(first), weights.get(first + 1));
  }

  private static <T extends TFloating> Linear<T> linear(
      Ops tf, List<Operand<TFloat32>> weights, int first, Class<T> type) {
    return new Linear<>(cast(tf, weights.get(first), type), weights.get(first + 1));
  }

  private <T extends TFloating> TokenOps<T> ops(Ops tf, Class<T> type) {
    return arithmetic.fused()
        ? new FusedTokenOps<>(tf, type, epsilon)
        : new PlainTokenOps<>(tf, type, epsilon);
  }
}
