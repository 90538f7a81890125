package org.dinojvm.model.convolution;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.zeros;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Convolutions;
import org.dinojvm.model.DropPath;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Layers;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.PatchGrid;
import org.dinojvm.model.ResidualStream;
import org.dinojvm.model.ScaledLinear;
import org.dinojvm.model.TokenLayers;
import org.dinojvm.model.TokenLayers.Product;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * ConvNeXt (Liu et al. 2022) as DINOv3 distilled it (published {@code convnext.py}): features are
 * the final norm of the mean of what the last stage gives, and that mean stands before the patches
 * as a class token does.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h × w positions of a stage, n = B·h·w rows, D
 * features.
 *
 * @param depths blocks of each stage
 * @param dims features of each stage
 * @param layerScale initial value of a branch's factors
 */
public record ConvNext(
    ImmutableList<Integer> depths, ImmutableList<Integer> dims, double layerScale)
    implements Backbone {

  static final float NORM_EPSILON = 1e-6f;

  /** Side of the smallest picture that gives a position. */
  public static final int SMALLEST_PICTURE = 32;

  private static final int STAGES = 4;
  private static final int STEM_SIDE = 4;
  private static final int DOWNSAMPLING_SIDE = 2;
  private static final int DEPTHWISE_SIDE = 7;
  private static final int MLP_RATIO = 4;

  public ConvNext {
    checkArgument(
        depths.size() == STAGES && dims.size() == STAGES,
        "ConvNeXt has %s stages, not depths %s and dims %s",
        STAGES,
        depths,
        dims);
  }

  @Override
  public int embedDim() {
    return dims.get(STAGES - 1);
  }

  @Override
  public boolean hasTokens() {
    return true;
  }

  @Override
  public int prefixTokens() {
    return 1;
  }

  @Override
  public long macs(int side) {
    long sum = 0;
    long grid = side;
    long in = 3;
    for (int stage = 0; stage < STAGES; stage++) {
      long reduction = stage == 0 ? STEM_SIDE : DOWNSAMPLING_SIDE;
      long dim = dims.get(stage);
      grid /= reduction;
      long positions = grid * grid;
      long block = DEPTHWISE_SIDE * DEPTHWISE_SIDE * dim + 2 * MLP_RATIO * dim * dim;
      sum += positions * (reduction * reduction * in * dim + depths.get(stage) * block);
      in = dim;
    }
    return sum;
  }

  @Override
  public ConvNextPass forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    return forward(tf, p, images, mode, mode.arithmetic().type());
  }

  private <T extends TFloating> ConvNextPass forward(
      Ops tf, Params p, Operand<TFloat32> images, Mode mode, Class<T> type) {
    TokenLayers<T> layers =
        new TokenLayers<>(tf, type, mode.arithmetic().fused(), mode.gradients());
    var drop = DropPath.branches(tf, mode, rates(mode), PatchGrid.size(tf, images, 0));
    List<ConvNextPass.Stage> stages = new ArrayList<>();
    Operand<TFloat32> map = images;
    int block = 0;
    for (int stage = 0; stage < STAGES; stage++) {
      int dim = dims.get(stage);
      Params reduce = p.at("downsample_layers").at(stage);
      map = stage == 0 ? stem(tf, reduce, map) : downsampled(tf, reduce, map, stage);
      PatchGrid grid = PatchGrid.of(tf, map, 1, 0);
      ResidualStream<T> x =
          ResidualStream.of(layers, tf.reshape(map, tf.constant(new int[] {-1, dim})));
      for (int i = 0; i < depths.get(stage); i++) {
        x = block(layers, p.at("stages").at(stage).at(i), x, dim, grid, drop.get(block++));
      }
      map = tf.reshape(x.sum(), grid.map(tf, dim));
      stages.add(new ConvNextPass.Stage(map, grid, dim));
    }
    return new ConvNextPass(tf, p.at("norm"), List.copyOf(stages));
  }

  /** Rising linearly from 0 over the blocks of all stages. */
  private double[] rates(Mode mode) {
    int blocks = depths.stream().mapToInt(Integer::intValue).sum();
    double[] rates = new double[blocks];
    for (int block = 0; block < blocks; block++) {
      rates[block] = mode.dropPathRate() * block / Math.max(1, blocks - 1);
    }
    return rates;
  }

  /** [B, H, W, 3] → [B, h, w, D]. */
  private Operand<TFloat32> stem(Ops tf, Params p, Operand<TFloat32> images) {
    int dim = dims.get(0);
    return norm(tf, p.at(1), reduced(tf, p.at(0), images, 3, dim, STEM_SIDE), dim);
  }

  /** The last stage's map at half the resolution: [B, h, w, D] → [B, h/2, w/2, D']. */
  private Operand<TFloat32> downsampled(Ops tf, Params p, Operand<TFloat32> map, int stage) {
    int in = dims.get(stage - 1);
    Operand<TFloat32> normed = norm(tf, p.at(0), map, in);
    return reduced(tf, p.at(1), normed, in, dims.get(stage), DOWNSAMPLING_SIDE);
  }

  /** A convolution whose stride is its side: [B, h, w, in] → [B, h/side, w/side, out]. */
  private static Operand<TFloat32> reduced(
      Ops tf, Params p, Operand<TFloat32> map, int in, int out, int side) {
    return tf.nn.biasAdd(
        Convolutions.patches(tf, p, map, in, out, side, normal(0.02)),
        p.get("bias", Shape.of(out), zeros()));
  }

  /** Over channels: [B, h, w, D] → [B, h, w, D]. */
  private static Operand<TFloat32> norm(Ops tf, Params p, Operand<TFloat32> map, int dim) {
    Operand<TFloat32> rows = tf.reshape(map, tf.constant(new int[] {-1, dim}));
    return tf.reshape(
        Layers.layerNorm(tf, p, rows, dim, NORM_EPSILON), PatchGrid.of(tf, map, 1, 0).map(tf, dim));
  }

  /** x + γ·mlp(norm(depthwise(x))). */
  private <T extends TFloating> ResidualStream<T> block(
      TokenLayers<T> layers,
      Params p,
      ResidualStream<T> x,
      int dim,
      PatchGrid grid,
      Optional<Operand<TFloat32>> drop) {
    Ops tf = layers.tf();
    Params depthwise = p.at("dwconv");
    Operand<TFloat32> kernel =
        Convolutions.depthwiseKernel(depthwise, dim, DEPTHWISE_SIDE, normal(0.02));
    Operand<TFloat32> map =
        Convolutions.depthwise(tf, tf.reshape(x.sum(), grid.map(tf, dim)), kernel);
    Operand<TFloat32> rows =
        tf.reshape(
            tf.nn.biasAdd(map, depthwise.get("bias", Shape.of(dim), zeros())),
            tf.constant(new int[] {-1, dim}));
    Product<T> hidden =
        layers.linear(
            p.at("pwconv1"),
            ResidualStream.of(layers, rows).norm(p.at("norm"), dim, NORM_EPSILON),
            dim,
            MLP_RATIO * dim);
    Operand<TFloat32> gamma =
        p.get("gamma", Shape.of(dim), Initializer.constant((float) layerScale));
    Product<T> branch =
        ScaledLinear.of(layers, p.at("pwconv2"), layers.gelu(hidden), MLP_RATIO * dim, dim, gamma);
    TokenLayers.Size size = new TokenLayers.Size(grid.pictures(), grid.patches(tf));
    return x.plus(
        branch, Optional.empty(), drop.map(byPicture -> DropPath.byRow(tf, byPicture, size)));
  }
}
