package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.uniform;
import static org.dinojvm.model.Initializer.zeros;
import static org.dinojvm.model.Layers.cast;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * The Vision Transformer of Dosovitskiy et al. 2021 as DINO trains it (published {@code
 * vision_transformer.py}): pre-norm blocks, exact GELU, class token, position embeddings that
 * interpolate to any picture whose sides are multiples of the patch.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h × w patches, T = 1 + h·w tokens, D features, N
 * heads.
 *
 * @param patchSize side of a patch in pixels
 * @param embedDim D
 * @param depth number of blocks
 * @param numHeads N, a divisor of D
 * @param imageSize side in pixels of the square picture that the position embeddings are laid out
 *     for
 */
public record VisionTransformer(int patchSize, int embedDim, int depth, int numHeads, int imageSize)
    implements Backbone {

  static final float NORM_EPSILON = 1e-6f;

  public VisionTransformer {
    checkArgument(patchSize >= 1, "patch size is %s, must be at least 1", patchSize);
    checkArgument(depth >= 1, "depth is %s, must be at least 1", depth);
    checkArgument(
        numHeads >= 1 && embedDim % numHeads == 0,
        "%s features do not divide into %s heads; choose a number of heads that divides them",
        embedDim,
        numHeads);
    checkArgument(
        imageSize >= patchSize && imageSize % patchSize == 0,
        "image size %s is no multiple of the patch size %s",
        imageSize,
        patchSize);
  }

  @Override
  public int stride() {
    return patchSize;
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
  public boolean usesBatchStatistics() {
    return false;
  }

  @Override
  public long macs(int side) {
    long patches = (long) (side / patchSize) * (side / patchSize);
    long tokens = patches + 1;
    long embedding = patches * patchSize * patchSize * 3 * embedDim;
    long layers =
        tokens * embedDim * embedDim * (3 + 1 + 2 * Block.MLP_RATIO); // qkv, proj, fc1, fc2
    long attention = 2 * tokens * tokens * embedDim; // queries by keys, weights by values
    return embedding + depth * (layers + attention);
  }

  @Override
  public Pass forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    return forward(tf, p, images, Optional.empty(), mode, mode.arithmetic().type());
  }

  @Override
  public Pass forwardMasked(
      Ops tf, Params p, Operand<TFloat32> images, Operand<TBool> masked, Mode mode) {
    return forward(tf, p, images, Optional.of(masked), mode, mode.arithmetic().type());
  }

  /**
   * The position embedding as interpolated for a picture size, class token first.
   *
   * @param images [B, H, W, 3]; only the size is used
   * @return [1, T, D]
   */
  public Operand<TFloat32> positionEmbedding(Ops tf, Params p, Operand<TFloat32> images) {
    return positionEmbedding(tf, p, PatchGrid.of(tf, images, patchSize));
  }

  private <T extends TFloating> VitPass<T> forward(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Optional<Operand<TBool>> masked,
      Mode mode,
      Class<T> type) {
    PatchGrid grid = PatchGrid.of(tf, images, patchSize);
    TokenLayers.Size size = new TokenLayers.Size(grid.pictures(), grid.tokens(tf));
    DropPath drop = DropPath.create(tf, mode, depth, size);
    Arithmetic arithmetic = mode.arithmetic();
    TokenLayers<T> layers = new TokenLayers<>(tf, type, arithmetic.fused(), mode.gradients());
    Block<T> block = new Block<>(layers, embedDim, numHeads, NORM_EPSILON);
    boolean recompute = mode.gradients() && arithmetic.recompute();

    ResidualStream<T> x = ResidualStream.of(layers, embed(tf, p, images, masked, grid, type));
    List<ResidualStream<T>> after = new ArrayList<>();
    Optional<Operand<T>> attention = Optional.empty();
    for (int i = 0; i < depth; i++) {
      Params weights = p.at("blocks").at(i);
      Block.Output<T> output =
          recompute
              ? block.recomputed(weights, x, drop.of(i), PatchGrid.known(images, patchSize))
              : block.of(weights, x, drop.of(i), size);
      x = output.x();
      after.add(x);
      attention = output.attention();
    }
    return new VitPass<>(tf, this, p.at("norm"), grid, List.copyOf(after), attention);
  }

  /** Patches to tokens, class token first, positions added: [B, H, W, 3] → [B·T, D]. */
  private <T extends TFloating> Operand<TFloat32> embed(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Optional<Operand<TBool>> masked,
      PatchGrid grid,
      Class<T> type) {
    Operand<TFloat32> cls = p.get("cls_token", Shape.of(1, 1, embedDim), normal(0.02));
    Operand<TFloat32> positions = positionEmbedding(tf, p, grid);
    Operand<TFloat32> embedded = // [B, h·w, D]
        tf.reshape(
            patchEmbedding(tf, p.at("patch_embed").at("proj"), images, type),
            tf.stack(List.of(grid.pictures(), grid.patches(tf), tf.constant(embedDim))));
    Operand<TFloat32> patches =
        masked.map(which -> maskedPatches(tf, p, embedded, which)).orElse(embedded);
    Operand<TInt32> each = tf.stack(List.of(grid.pictures(), tf.constant(1), tf.constant(1)));
    Operand<TFloat32> tokens =
        tf.concat(List.of(tf.tile(cls, each), patches), tf.constant(1)); // [B, T, D]
    return tf.reshape(tf.math.add(tokens, positions), tf.constant(new int[] {-1, embedDim}));
  }

  /** The mask token in place of the masked patches: [B, h·w, D] → [B, h·w, D]. */
  private Operand<TFloat32> maskedPatches(
      Ops tf, Params p, Operand<TFloat32> patches, Operand<TBool> masked) {
    Operand<TFloat32> token = p.get("mask_token", Shape.of(1, embedDim), zeros());
    return tf.select(tf.expandDims(masked, tf.constant(2)), token, patches);
  }

  /**
   * The patch convolution. Its stride is its size, so it is one matrix product over patches that
   * SpaceToDepth lays out in the kernel's own HWIO order: [B, H, W, 3] → [B·h·w, D].
   */
  private <T extends TFloating> Operand<TFloat32> patchEmbedding(
      Ops tf, Params p, Operand<TFloat32> images, Class<T> type) {
    int pixels = patchSize * patchSize * 3;
    double bound = 1 / Math.sqrt(pixels);
    Operand<TFloat32> kernel =
        p.get("kernel", Shape.of(patchSize, patchSize, 3, embedDim), uniform(bound));
    Operand<TFloat32> bias = p.get("bias", Shape.of(embedDim), uniform(bound));
    Operand<TFloat32> patches =
        patchSize == 1 ? images : tf.nn.spaceToDepth(images, (long) patchSize);
    Operand<TFloat32> rows = tf.reshape(patches, tf.constant(new int[] {-1, pixels}));
    Operand<TFloat32> matrix = tf.reshape(kernel, tf.constant(new int[] {pixels, embedDim}));
    Operand<T> product = tf.linalg.matMul(cast(tf, rows, type), cast(tf, matrix, type));
    return cast(tf, tf.nn.biasAdd(product, cast(tf, bias, type)), TFloat32.class);
  }

  /** [1, T, D]. */
  private Operand<TFloat32> positionEmbedding(Ops tf, Params p, PatchGrid grid) {
    int side = imageSize / patchSize;
    int patches = side * side;
    Operand<TFloat32> embedding =
        p.get("pos_embed", Shape.of(1, patches + 1L, embedDim), normal(0.02));
    Operand<TFloat32> rows = tf.reshape(embedding, tf.constant(new int[] {-1, embedDim}));
    Operand<TFloat32> cls =
        tf.slice(rows, tf.constant(new int[] {0, 0}), tf.constant(new int[] {1, embedDim}));
    Operand<TFloat32> plane =
        tf.slice(rows, tf.constant(new int[] {1, 0}), tf.constant(new int[] {patches, embedDim}));
    Operand<TFloat32> resized =
        PositionEmbedding.resize(tf, plane, side, embedDim, grid.height(), grid.width());
    return tf.expandDims(tf.concat(List.of(cls, resized), tf.constant(0)), tf.constant(0));
  }
}
