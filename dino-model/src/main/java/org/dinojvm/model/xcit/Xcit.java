package org.dinojvm.model.xcit;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.uniform;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.ConvolutionalStem;
import org.dinojvm.model.DropPath;
import org.dinojvm.model.Initializer;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.PatchGrid;
import org.dinojvm.model.ResidualStream;
import org.dinojvm.model.TokenLayers;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * The Cross-Covariance Image Transformer of El-Nouby et al. 2021 (published {@code xcit.py}) as
 * DINO trains it, without a classifier: patches by convolutions, blocks that attend over channels,
 * so that cost grows with the number of patches and not its square, and a class token that two
 * class attention blocks at the end gather features into.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h = ⌈H/patch⌉, w likewise, T = 1 + h·w tokens, D
 * features, N heads.
 *
 * @param patchSize side of a patch in pixels, 8 or 16
 * @param embedDim D, a multiple of 8
 * @param depth number of blocks, class attention not counted
 * @param numHeads N, a divisor of D
 * @param tokensNorm whether class attention's second norm is for all tokens, or for the class token
 *     alone
 * @param layerScale initial value of a branch's factors
 */
public record Xcit(
    int patchSize, int embedDim, int depth, int numHeads, boolean tokensNorm, double layerScale)
    implements Backbone {

  static final float NORM_EPSILON = 1e-6f;

  /** Width of an MLP in parts of D. */
  public static final int MLP_RATIO = 4;

  /** Class attention blocks. */
  public static final int CLASS_BLOCKS = 2;

  public Xcit {
    checkArgument(
        patchSize == 8 || patchSize == 16, "patch size is %s; XCiT has 8 and 16", patchSize);
    checkArgument(depth >= 1, "depth is %s, must be at least 1", depth);
    checkArgument(
        embedDim >= 8 && embedDim % 8 == 0,
        "%s features; XCiT's patch embedding needs a multiple of 8",
        embedDim);
    checkArgument(
        numHeads >= 1 && embedDim % numHeads == 0,
        "%s features do not divide into %s heads; choose a number of heads that divides them",
        embedDim,
        numHeads);
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
  public int attentionHeads() {
    return numHeads;
  }

  @Override
  public long macs(int side) {
    int grid = (side + patchSize - 1) / patchSize;
    long sum = stem().macs(side);
    long patches = (long) grid * grid;
    long square = (long) embedDim * embedDim;
    sum += patches * FourierPositions.CHANNELS * embedDim;
    long attention = 2 * patches * square / numHeads; // queries by keys, weights by values
    long local = 2 * 9 * patches * embedDim;
    sum += depth * (patches * square * (4 + 2 * MLP_RATIO) + attention + local);
    long ofClass = (2 + 2 * MLP_RATIO) * square + 2 * (patches + 1) * embedDim;
    return sum + CLASS_BLOCKS * ((patches + 1) * 2 * square + ofClass);
  }

  @Override
  public XcitPass<?> forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    return forward(tf, p, images, mode, mode.arithmetic().type());
  }

  private <T extends TFloating> XcitPass<T> forward(
      Ops tf, Params p, Operand<TFloat32> images, Mode mode, Class<T> type) {
    Operand<TFloat32> map =
        stem().of(tf, p.at("patch_embed").at("proj"), images, mode); // [B, h, w, D]
    PatchGrid grid = PatchGrid.of(tf, map, 1, 0);
    TokenLayers<T> layers =
        new TokenLayers<>(tf, type, mode.arithmetic().fused(), mode.gradients());
    XcitBlock<T> block = new XcitBlock<>(layers, this, grid, mode);
    var drop = DropPath.branches(tf, mode, rates(mode), grid.pictures());

    Operand<TFloat32> positions = positions(tf, p.at("pos_embeder"), grid); // [h·w, D]
    Operand<TFloat32> embedded = tf.reshape(map, grid.rows(tf, embedDim)); // [B, h·w, D]
    Operand<TFloat32> rows =
        tf.reshape(tf.math.add(embedded, positions), tf.constant(new int[] {-1, embedDim}));
    ResidualStream<T> x = ResidualStream.of(layers, rows);
    List<XcitBlock.Output<T>> blocks = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      int first = XcitBlock.BRANCHES * i;
      XcitBlock.Output<T> output =
          block.of(p.at("blocks").at(i), x, drop.subList(first, first + XcitBlock.BRANCHES));
      blocks.add(output);
      x = output.x();
    }

    Operand<TFloat32> cls = p.get("cls_token", Shape.of(1, 1, embedDim), normal(0.02));
    Operand<TInt32> each = tf.stack(List.of(grid.pictures(), tf.constant(1)));
    ClassAttentionBlock<T> gather = new ClassAttentionBlock<>(layers, this);
    ClassAttentionBlock.Output gathered =
        gather.of(
            p.at("cls_attn_blocks").at(0),
            new ClassAttentionBlock.Tokens(
                tf.tile(tf.reshape(cls, tf.constant(new int[] {1, embedDim})), each), x.sum()));
    for (int i = 1; i < CLASS_BLOCKS; i++) {
      gathered = gather.of(p.at("cls_attn_blocks").at(i), gathered.tokens());
    }
    return new XcitPass<>(
        tf, this, p.at("norm"), grid, embedded, positions, List.copyOf(blocks), gathered);
  }

  private ConvolutionalStem stem() {
    return new ConvolutionalStem(patchSize, embedDim);
  }

  /** The same rate for all blocks, as published. */
  private double[] rates(Mode mode) {
    double[] rates = new double[XcitBlock.BRANCHES * depth];
    Arrays.fill(rates, mode.dropPathRate());
    return rates;
  }

  /** [h·w, D]. */
  private Operand<TFloat32> positions(Ops tf, Params p, PatchGrid grid) {
    int channels = FourierPositions.CHANNELS;
    Initializer initializer = uniform(1 / Math.sqrt(channels));
    Params weights = p.at("token_projection"); // a convolution of side 1
    Operand<TFloat32> kernel =
        weights.get("kernel", Shape.of(1, 1, channels, embedDim), initializer);
    Operand<TFloat32> bias = weights.get("bias", Shape.of(embedDim), initializer);
    return tf.nn.biasAdd(
        tf.linalg.matMul(
            FourierPositions.of(tf, grid.height(), grid.width()),
            tf.reshape(kernel, tf.constant(new int[] {channels, embedDim}))),
        bias);
  }
}
