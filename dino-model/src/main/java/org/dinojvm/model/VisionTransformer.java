package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.uniform;
import static org.dinojvm.model.Initializer.zeros;
import static org.dinojvm.model.Layers.cast;

import com.google.common.base.Splitter;
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
 * The Vision Transformer of Dosovitskiy et al. 2021 as DINO, iBOT, DINOv2 and DINOv3 train it
 * (published {@code vision_transformer.py}): pre-norm blocks, exact GELU or SwiGLU, class token and
 * registers, positions of any picture whose sides are multiples of the patch.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h × w patches, R registers, T = 1 + R + h·w
 * tokens, D features, N heads.
 *
 * @param patchSize side of a patch in pixels
 * @param embedDim D
 * @param depth number of blocks
 * @param numHeads N, a divisor of D
 * @param imageSize side in pixels of the square picture that the position embeddings are laid out
 *     for; of no meaning with {@linkplain VitOptions.Positions#ROPE rotary positions}
 * @param options what it has beside its sizes
 */
public record VisionTransformer(
    int patchSize, int embedDim, int depth, int numHeads, int imageSize, VitOptions options)
    implements Backbone {

  /** DINO's, without options. */
  public VisionTransformer(int patchSize, int embedDim, int depth, int numHeads, int imageSize) {
    this(patchSize, embedDim, depth, numHeads, imageSize, VitOptions.plain(embedDim));
  }

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
    checkArgument(
        options.positions() != VitOptions.Positions.ROPE || embedDim / numHeads % 4 == 0,
        "heads of %s features cannot be turned by rotary positions, which take 4 at a time; choose"
            + " another number of heads",
        embedDim / numHeads);
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
  public boolean hasBlocks() {
    return true;
  }

  @Override
  public int prefixTokens() {
    return options.prefixTokens();
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
    long tokens = patches + prefixTokens();
    long embedding = patches * patchSize * patchSize * 3 * embedDim;
    int ffnProducts = options.ffn() == VitOptions.Ffn.MLP ? 2 : 3;
    long layers = // qkv, proj, feed-forward
        tokens * embedDim * (4L * embedDim + (long) ffnProducts * options.ffnDim());
    long attention = 2 * tokens * tokens * embedDim; // queries by keys, weights by values
    return embedding + depth * (layers + attention);
  }

  @Override
  public int blocks() {
    return depth;
  }

  /** {@inheritDoc} Tokens and positions belong to the embedding, as in DINOv2. */
  @Override
  public int layerOf(String weight) {
    List<String> path = Splitter.on('.').splitToList(weight);
    if (path.get(0).equals("blocks")) {
      return Integer.parseInt(path.get(1)) + 1;
    }
    return path.get(0).endsWith("norm") ? depth + 1 : 0;
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
    return positionEmbedding(tf, p, grid(tf, images));
  }

  /**
   * What queries and keys of the patches are turned by, each angle twice, in radians.
   *
   * @param images [B, H, W, 3]; only the size is used
   * @return [h·w, D/N]
   */
  public Operand<TFloat32> rotaryAngles(Ops tf, Params p, Operand<TFloat32> images) {
    Operand<TFloat32> angles =
        RotaryPositions.angles(tf, p.at("rope_embed"), grid(tf, images), embedDim / numHeads);
    return tf.concat(List.of(angles, angles), tf.constant(1));
  }

  /**
   * The periods of rotary positions as the released networks have them, in parts of a turn.
   *
   * @param headDim features of a head, a multiple of 4
   * @return headDim / 4 numbers
   */
  public static float[] rotaryPeriods(int headDim) {
    return RotaryPositions.publishedPeriods(headDim);
  }

  private PatchGrid grid(Ops tf, Operand<TFloat32> images) {
    return PatchGrid.of(tf, images, patchSize, prefixTokens());
  }

  private boolean isRotary() {
    return options.positions() == VitOptions.Positions.ROPE;
  }

  private <T extends TFloating> VitPass<T> forward(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Optional<Operand<TBool>> masked,
      Mode mode,
      Class<T> type) {
    PatchGrid grid = grid(tf, images);
    TokenLayers.Size size = new TokenLayers.Size(grid.pictures(), grid.tokens(tf));
    DropPath drop = DropPath.create(tf, mode, depth, size);
    Arithmetic arithmetic = mode.arithmetic();
    TokenLayers<T> layers = new TokenLayers<>(tf, type, arithmetic.fused(), mode.gradients());
    boolean recompute = mode.gradients() && arithmetic.recompute();

    ResidualStream<T> x = ResidualStream.of(layers, embed(tf, p, images, masked, grid, type));
    Optional<RotaryPositions> rotary =
        isRotary()
            ? Optional.of(RotaryPositions.of(tf, p.at("rope_embed"), grid, embedDim / numHeads))
            : Optional.empty();
    Block<T> block = new Block<>(layers, embedDim, numHeads, options, rotary);
    List<ResidualStream<T>> after = new ArrayList<>();
    Optional<Operand<T>> attention = Optional.empty();
    for (int i = 0; i < depth; i++) {
      Params weights = p.at("blocks").at(i);
      Block.Output<T> output =
          recompute
              ? block.recomputed(
                  weights, x, drop.of(i), PatchGrid.known(images, patchSize, prefixTokens()))
              : block.of(weights, x, drop.of(i), size);
      x = output.x();
      after.add(x);
      attention = output.attention();
    }
    return new VitPass<>(tf, this, p, grid, List.copyOf(after), attention);
  }

  /**
   * Patches to tokens, class token and registers first, learned positions added to all but the
   * registers: [B, H, W, 3] → [B·T, D].
   */
  private <T extends TFloating> Operand<TFloat32> embed(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Optional<Operand<TBool>> masked,
      PatchGrid grid,
      Class<T> type) {
    Operand<TFloat32> cls = p.get("cls_token", Shape.of(1, 1, embedDim), normal(0.02));
    Optional<Operand<TFloat32>> positions =
        isRotary() ? Optional.empty() : Optional.of(positionEmbedding(tf, p, grid));
    Optional<Operand<TFloat32>> registers = registers(p);
    if (options.maskToken() == VitOptions.MaskToken.HELD) {
      p.fixed("mask_token", Shape.of(1, embedDim), zeros()); // trained by a pass that masks
    }
    Operand<TFloat32> embedded = // [B, h·w, D]
        tf.reshape(
            patchEmbedding(tf, p.at("patch_embed").at("proj"), images, type),
            tf.stack(List.of(grid.pictures(), grid.patches(tf), tf.constant(embedDim))));
    Operand<TFloat32> patches =
        masked.map(which -> maskedPatches(tf, p, embedded, which)).orElse(embedded);
    Operand<TInt32> each = tf.stack(List.of(grid.pictures(), tf.constant(1), tf.constant(1)));
    Operand<TFloat32> tokens =
        tf.concat(List.of(tf.tile(cls, each), patches), tf.constant(1)); // [B, 1 + h·w, D]
    if (positions.isPresent()) {
      tokens = tf.math.add(tokens, positions.get());
    }
    if (registers.isPresent()) {
      tokens = withRegisters(tf, tokens, tf.tile(registers.get(), each));
    }
    return tf.reshape(tokens, tf.constant(new int[] {-1, embedDim}));
  }

  /** [1, R, D]; none where R is 0. */
  private Optional<Operand<TFloat32>> registers(Params p) {
    int count = options.registers();
    return count == 0
        ? Optional.empty()
        : Optional.of(p.get(options.registersName(), Shape.of(1, count, embedDim), normal(0.02)));
  }

  /** Registers between class token and patches: [B, 1 + h·w, D] → [B, T, D]. */
  private static Operand<TFloat32> withRegisters(
      Ops tf, Operand<TFloat32> tokens, Operand<TFloat32> registers) {
    Operand<TFloat32> cls =
        tf.slice(tokens, tf.constant(new int[3]), tf.constant(new int[] {-1, 1, -1}));
    Operand<TFloat32> patches =
        tf.slice(tokens, tf.constant(new int[] {0, 1, 0}), tf.constant(new int[] {-1, -1, -1}));
    return tf.concat(List.of(cls, registers, patches), tf.constant(1));
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
        PositionEmbedding.resize(
            tf,
            plane,
            side,
            embedDim,
            grid.height(),
            grid.width(),
            options.positions() == VitOptions.Positions.ANTIALIASED);
    return tf.expandDims(tf.concat(List.of(cls, resized), tf.constant(0)), tf.constant(0));
  }
}
