package org.dinojvm.model.xcit;

import static org.dinojvm.model.Initializer.ones;
import static org.dinojvm.model.Initializer.uniform;

import java.util.List;
import java.util.Optional;
import org.dinojvm.model.Convolutions;
import org.dinojvm.model.DropPath;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.PatchGrid;
import org.dinojvm.model.Products;
import org.dinojvm.model.ResidualStream;
import org.dinojvm.model.ScaledLinear;
import org.dinojvm.model.TokenLayers;
import org.dinojvm.model.TokenLayers.Activation;
import org.dinojvm.model.TokenLayers.Product;
import org.dinojvm.model.TokenLayers.Size;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * A block of XCiT: x + γ1·attention(norm1(x)), then x + γ3·local(norm3(x)), then x +
 * γ2·mlp(norm2(x)), where attention is over channels and {@code local} mixes a patch with its
 * neighbours. LayerScale γ is applied by {@link ScaledLinear} and likewise to the last convolution.
 *
 * <p>Letters in shapes: B pictures, h × w patches, n = B·h·w rows, D features, N heads, c = D/N.
 *
 * @param layers how the block is computed
 * @param network that it belongs to
 * @param grid of the patches
 * @param mode of BatchNorm
 */
record XcitBlock<T extends TFloating>(
    TokenLayers<T> layers, Xcit network, PatchGrid grid, Mode mode) {

  /** Branches of a block that stochastic depth drops on their own. */
  static final int BRANCHES = 3;

  private static final int LOCAL_SIDE = 3;

  /**
   * What a block gives.
   *
   * @param x the stream after it
   * @param attention weights [B, N, c, c]
   */
  record Output<T extends TFloating>(ResidualStream<T> x, Operand<T> attention) {}

  /**
   * Runs the block.
   *
   * @param drop factors of its branches, [B] each
   */
  Output<T> of(Params p, ResidualStream<T> x, List<Optional<Operand<TFloat32>>> drop) {
    Size size = new Size(grid.pictures(), grid.patches(layers.tf()));
    CrossCovariance.Attended<T> attended = attend(p.at("attn"), norm(p.at("norm1"), x), size);
    x = x.plus(project(p, attended), Optional.empty(), byRow(drop.get(0), size));
    x = x.plus(local(p, x), Optional.empty(), byRow(drop.get(1), size));
    x = x.plus(mlp(p, norm(p.at("norm2"), x)), Optional.empty(), byRow(drop.get(2), size));
    return new Output<>(x, attended.weights());
  }

  private Activation<T> norm(Params p, ResidualStream<T> x) {
    return x.norm(p, dim(), Xcit.NORM_EPSILON);
  }

  private Optional<Operand<TFloat32>> byRow(Optional<Operand<TFloat32>> factor, Size size) {
    return factor.map(byPicture -> DropPath.byRow(layers.tf(), byPicture, size));
  }

  /** [n, D] → [n, D], before the projection. */
  private CrossCovariance.Attended<T> attend(Params p, Activation<T> x, Size size) {
    Operand<TFloat32> temperature =
        p.get("temperature", Shape.of(network.numHeads(), 1, 1), ones());
    Product<T> qkv = layers.linear(p.at("qkv"), x, dim(), 3 * dim());
    return new CrossCovariance<>(layers, dim(), network.numHeads(), size).of(qkv, temperature);
  }

  /** γ1·proj: [n, D] → [n, D]. */
  private Product<T> project(Params p, CrossCovariance.Attended<T> attended) {
    Operand<T> rows = attended.rows();
    return ScaledLinear.of(
        layers,
        p.at("attn").at("proj"),
        kernel -> Products.times(layers.tf(), rows, kernel),
        dim(),
        dim(),
        gamma(p, "gamma1"));
  }

  /** γ2·mlp: [n, D] → [n, D]. */
  private Product<T> mlp(Params p, Activation<T> x) {
    int hidden = Xcit.MLP_RATIO * dim();
    Product<T> inner = layers.linear(p.at("mlp").at("fc1"), x, dim(), hidden);
    return ScaledLinear.of(
        layers, p.at("mlp").at("fc2"), layers.gelu(inner), hidden, dim(), gamma(p, "gamma2"));
  }

  /** γ3·local patch interaction of norm3: [n, D] → [n, D]. */
  private Product<T> local(Params p, ResidualStream<T> stream) {
    Ops tf = layers.tf();
    Params weights = p.at("local_mp");
    Operand<TInt32> rows = tf.constant(new int[] {-1, dim()});
    Operand<TFloat32> normed = stream.normRows(p.at("norm3"), dim(), Xcit.NORM_EPSILON);
    Operand<TFloat32> x = tf.reshape(normed, grid.map(tf, dim()));
    x = Convolutions.depthwise(tf, x, localKernel(weights.at("conv1")));
    x = layers.geluMap(x, localBias(weights.at("conv1")));
    x = Layers.batchNorm(tf, weights.at("bn"), x, dim(), mode);
    Operand<TFloat32> gamma = gamma(p, "gamma3");
    Operand<TFloat32> mixed =
        Convolutions.depthwise(tf, x, tf.math.mul(localKernel(weights.at("conv2")), gamma));
    return new Product<>(
        layers.typed(tf, tf.reshape(mixed, rows)),
        tf.math.mul(localBias(weights.at("conv2")), gamma));
  }

  private Operand<TFloat32> localKernel(Params p) {
    return Convolutions.depthwiseKernel(p, dim(), LOCAL_SIDE, uniform(1.0 / LOCAL_SIDE));
  }

  /** [D]. */
  private Operand<TFloat32> localBias(Params p) {
    return p.get("bias", Shape.of(dim()), uniform(1.0 / LOCAL_SIDE));
  }

  /** [D]. */
  private Operand<TFloat32> gamma(Params p, String name) {
    return p.get(name, Shape.of(dim()), Initializer.constant((float) network.layerScale()));
  }

  private int dim() {
    return network.embedDim();
  }
}
