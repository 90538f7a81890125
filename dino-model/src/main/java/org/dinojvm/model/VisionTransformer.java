package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Operand;
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
    if (options.stem() == VitOptions.Stem.CONVOLUTIONAL) {
      new ConvolutionalStem(patchSize, embedDim); // refuses sizes that it cannot have
    }
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
    return options.prefixTokens();
  }

  @Override
  public int attentionHeads() {
    return numHeads;
  }

  @Override
  public boolean usesBatchStatistics() {
    return isConvolutional(); // whose BatchNorm has them
  }

  @Override
  public long macs(int side) {
    int patches = (side / patchSize) * (side / patchSize);
    return isConvolutional()
        ? stem().macs(side) + blockMacs((long) patches + prefixTokens())
        : macsVisible(patches);
  }

  @Override
  public long macsVisible(int visible) {
    return (long) visible * patchSize * patchSize * 3 * embedDim
        + blockMacs((long) visible + prefixTokens());
  }

  /**
   * Multiply-accumulate operations of the blocks alone, as {@link #macs}.
   *
   * @param tokens T
   */
  public long blockMacs(long tokens) {
    int ffnProducts = options.ffn() == VitOptions.Ffn.MLP ? 2 : 3;
    long layers = // qkv, proj, feed-forward
        tokens * embedDim * (4L * embedDim + (long) ffnProducts * options.ffnDim());
    long attention = 2 * tokens * tokens * embedDim; // queries by keys, weights by values
    return depth * (layers + attention);
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

  /** {@inheritDoc} Rotary positions are those of a whole grid, the same for all pictures. */
  @Override
  public boolean canLeaveOutPatches() {
    return !isRotary() && !isConvolutional(); // each patch by itself
  }

  @Override
  public Pass forwardVisible(
      Ops tf, Params p, Operand<TFloat32> images, Operand<TInt32> visible, Mode mode) {
    checkArgument(
        canLeaveOutPatches(),
        "a pass that leaves patches out cannot have rotary positions or a convolutional stem");
    PatchGrid all = grid(tf, images);
    int patches = (int) visible.shape().get(1);
    PatchGrid row = PatchGrid.row(tf, all.pictures(), patches, prefixTokens());
    Operand<TFloat32> embedded =
        new PatchEmbedding(this).ofVisible(tf, p, images, visible, all, mode.arithmetic().type());
    return blocks(tf, p, embedded, row, known(images, patches), mode, mode.arithmetic().type());
  }

  /**
   * The blocks and the final norm alone, as of a decoder.
   *
   * @param tokens [B, T, D] of known shape, prefix first
   */
  public Pass ofTokens(Ops tf, Params p, Operand<TFloat32> tokens, Mode mode) {
    int count = (int) tokens.shape().get(1);
    PatchGrid row =
        PatchGrid.row(tf, PatchGrid.size(tf, tokens, 0), count - prefixTokens(), prefixTokens());
    Operand<TFloat32> rows = tf.reshape(tokens, tf.constant(new int[] {-1, embedDim}));
    return blocks(
        tf, p, rows, row, known(tokens, count - prefixTokens()), mode, mode.arithmetic().type());
  }

  /**
   * The position embedding as interpolated for a picture size, class token first.
   *
   * @param images [B, H, W, 3]; only the size is used
   * @return [1, T, D]
   */
  public Operand<TFloat32> positionEmbedding(Ops tf, Params p, Operand<TFloat32> images) {
    return new PatchEmbedding(this).positions(tf, p, grid(tf, images));
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

  boolean isRotary() {
    return options.positions() == VitOptions.Positions.ROPE;
  }

  /** Whether patches are made by a {@link ConvolutionalStem}. */
  boolean isConvolutional() {
    return options.stem() == VitOptions.Stem.CONVOLUTIONAL;
  }

  /** What makes patches where {@link #isConvolutional}. */
  ConvolutionalStem stem() {
    return new ConvolutionalStem(patchSize, embedDim);
  }

  private <T extends TFloating> VitPass<T> forward(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Optional<Operand<TBool>> masked,
      Mode mode,
      Class<T> type) {
    PatchGrid grid = grid(tf, images);
    return blocks(
        tf,
        p,
        new PatchEmbedding(this).of(tf, p, images, masked, grid, mode, type),
        grid,
        () -> PatchGrid.known(images, patchSize, prefixTokens()),
        mode,
        type);
  }

  /**
   * The blocks.
   *
   * @param embedded [B·T, D]
   * @param known the numbers of the grid, asked for where blocks are recomputed
   */
  private <T extends TFloating> VitPass<T> blocks(
      Ops tf,
      Params p,
      Operand<TFloat32> embedded,
      PatchGrid grid,
      Supplier<PatchGrid.Known> known,
      Mode mode,
      Class<T> type) {
    TokenLayers.Size size = new TokenLayers.Size(grid.pictures(), grid.tokens(tf));
    DropPath drop = DropPath.create(tf, mode, depth, size);
    Arithmetic arithmetic = mode.arithmetic();
    TokenLayers<T> layers = new TokenLayers<>(tf, type, arithmetic.fused(), mode.gradients());
    boolean recompute = mode.gradients() && arithmetic.recompute();

    ResidualStream<T> x = ResidualStream.of(layers, embedded);
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
              ? block.recomputed(weights, x, drop.of(i), known.get())
              : block.of(weights, x, drop.of(i), size);
      x = output.x();
      after.add(x);
      attention = output.attention();
    }
    return new VitPass<>(tf, this, p, grid, List.copyOf(after), attention);
  }

  /** The numbers of a row of patches, of a batch whose shape the graph knows. */
  private Supplier<PatchGrid.Known> known(Operand<TFloat32> batch, int patches) {
    return () -> new PatchGrid.Known((int) batch.shape().get(0), patches + prefixTokens());
  }
}
