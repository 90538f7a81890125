package org.dinojvm.model;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.uniform;
import static org.dinojvm.model.Layers.cast;
import static org.dinojvm.model.Layers.layerNorm;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
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

  private static final float NORM_EPSILON = 1e-6f;

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

  /**
   * A forward pass.
   *
   * @param blocks [B·T, D] after each block, before the final norm
   * @param lastAttention [B, N, T, T] attention weights of the last block; none where blocks are
   *     recomputed
   * @param height h, scalar
   * @param width w, scalar
   */
  private record Forward(
      ImmutableList<Operand<TFloat32>> blocks,
      Optional<Operand<TFloat32>> lastAttention,
      Operand<TInt32> height,
      Operand<TInt32> width) {}

  @Override
  public Operand<TFloat32> features(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    return new Pass(tf, p, forward(tf, p, images, mode)).features();
  }

  @Override
  public long multiplyAdds(int side) {
    long patches = (long) (side / patchSize) * (side / patchSize);
    long tokens = patches + 1;
    long embedding = patches * patchSize * patchSize * 3 * embedDim;
    long layers =
        tokens * embedDim * embedDim * (3 + 1 + 2 * Block.MLP_RATIO); // qkv, proj, fc1, fc2
    long attention = 2 * tokens * tokens * embedDim; // queries by keys, weights by values
    return embedding + depth * (layers + attention);
  }

  /**
   * A forward pass for evaluation, of which more than the features can be had.
   *
   * @param images [B, H, W, 3], normalised
   */
  public Pass pass(Ops tf, Params p, Operand<TFloat32> images) {
    return new Pass(tf, p, forward(tf, p, images, Mode.EVALUATION));
  }

  /** What one forward pass gives. Each method adds its own ops only, and they run if fetched. */
  public final class Pass {
    private final Ops tf;
    private final Params p;
    private final Forward forward;

    private Pass(Ops tf, Params p, Forward forward) {
      this.tf = tf;
      this.p = p;
      this.forward = forward;
    }

    /** The class token after the final norm, [B, D]. */
    public Operand<TFloat32> features() {
      Operand<TFloat32> first = // the norm is by row, so only the class tokens need it
          slice(byPicture(forward.blocks().get(depth - 1)), new int[3], new int[] {-1, 1, -1});
      return norm(tf.reshape(first, tf.constant(new int[] {-1, embedDim})));
    }

    /**
     * All tokens of the last blocks, each after the final norm (published {@code
     * get_intermediate_layers}).
     *
     * @param count how many blocks, from the end
     * @return {@code count} tensors [B, T, D], the last block's last
     */
    public List<Operand<TFloat32>> intermediateLayers(int count) {
      checkArgument(count >= 1 && count <= depth, "%s blocks asked for, of %s", count, depth);
      List<Operand<TFloat32>> layers = new ArrayList<>();
      for (Operand<TFloat32> block : forward.blocks().subList(depth - count, depth)) {
        layers.add(byPicture(norm(block)));
      }
      return layers;
    }

    /**
     * Attention weights of the last block (published {@code get_last_selfattention}), [B, N, T, T];
     * token 0 is the class token.
     */
    public Operand<TFloat32> lastAttention() {
      return forward.lastAttention().orElseThrow();
    }

    /** The class token's attention over the patches in the last block, as maps [B, N, h, w]. */
    public Operand<TFloat32> attentionMaps() {
      Operand<TFloat32> fromClassToken =
          slice(lastAttention(), new int[] {0, 0, 0, 1}, new int[] {-1, -1, 1, -1});
      return tf.reshape(
          fromClassToken, shape(tf.constant(numHeads), forward.height(), forward.width()));
    }

    /** The patches' tokens after the final norm, as maps [B, h, w, D]. */
    public Operand<TFloat32> patchTokens() {
      Operand<TFloat32> tokens = byPicture(norm(forward.blocks().get(depth - 1)));
      Operand<TFloat32> patches = slice(tokens, new int[] {0, 1, 0}, new int[] {-1, -1, -1});
      return tf.reshape(patches, shape(forward.height(), forward.width(), tf.constant(embedDim)));
    }

    private Operand<TFloat32> norm(Operand<TFloat32> rows) {
      return layerNorm(tf, p.at("norm"), rows, embedDim, NORM_EPSILON);
    }

    /** [B·T, D] → [B, T, D]. */
    private Operand<TFloat32> byPicture(Operand<TFloat32> rows) {
      Operand<TInt32> tokens =
          tf.math.add(tf.math.mul(forward.height(), forward.width()), tf.constant(1));
      return tf.reshape(rows, tf.stack(List.of(tf.constant(-1), tokens, tf.constant(embedDim))));
    }

    private Operand<TFloat32> slice(Operand<TFloat32> tensor, int[] begin, int[] size) {
      return tf.slice(tensor, tf.constant(begin), tf.constant(size));
    }

    /** Any number of pictures of a shape. */
    private Operand<TInt32> shape(
        Operand<TInt32> first, Operand<TInt32> second, Operand<TInt32> third) {
      return tf.stack(List.of(tf.constant(-1), first, second, third));
    }
  }

  /**
   * The position embedding as interpolated for a picture size, class token first.
   *
   * @param images [B, H, W, 3]; only the size is used
   * @return [1, T, D]
   */
  public Operand<TFloat32> positionEmbedding(Ops tf, Params p, Operand<TFloat32> images) {
    return positionEmbedding(tf, p, patches(tf, images, 1), patches(tf, images, 2));
  }

  private Forward forward(Ops tf, Params p, Operand<TFloat32> images, Mode mode) {
    return forward(tf, p, images, mode, mode.arithmetic().type());
  }

  private <T extends TFloating> Forward forward(
      Ops tf, Params p, Operand<TFloat32> images, Mode mode, Class<T> type) {
    Operand<TInt32> height = patches(tf, images, 1);
    Operand<TInt32> width = patches(tf, images, 2);
    Operand<TInt32> batch = size(tf, images, 0);
    Operand<TInt32> tokens = tf.math.add(tf.math.mul(height, width), tf.constant(1));
    DropPath dropPath = DropPath.create(tf, mode, depth, batch, tokens, embedDim);
    Block block = new Block(embedDim, numHeads, NORM_EPSILON, mode.arithmetic());
    Params all = p.at("blocks");

    Operand<TFloat32> x = embed(tf, p, images, batch, height, width, type);
    List<Operand<TFloat32>> blocks = new ArrayList<>();
    if (mode.arithmetic().recompute()) {
      int pictures = (int) images.shape().get(0);
      for (int i = 0; i < depth; i++) {
        int rows = (int) x.shape().get(0) / pictures;
        x =
            block.recomputed(
                tf, type, x, block.weights(all.at(i)), dropPath.factors(i), pictures, rows);
        blocks.add(x);
      }
      return new Forward(ImmutableList.copyOf(blocks), Optional.empty(), height, width);
    }
    Block.Stream<T> stream = new Block.Stream<>(x, Optional.empty());
    Operand<T> attention = null;
    for (int i = 0; i < depth; i++) {
      Block.Result<T> result =
          block.run(
              tf,
              type,
              stream,
              block.weights(all.at(i)),
              dropPath.factors(i),
              new TokenOps.Size(batch, tokens));
      if (i > 0) {
        blocks.add(result.before());
      }
      stream = result.after();
      attention = result.attention();
    }
    blocks.add(block.joined(tf, type, stream));
    return new Forward(
        ImmutableList.copyOf(blocks),
        Optional.of(cast(tf, attention, TFloat32.class)),
        height,
        width);
  }

  /** Patches to tokens, class token first, positions added: [B, H, W, 3] → [B·T, D]. */
  private <T extends TFloating> Operand<TFloat32> embed(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Operand<TInt32> batch,
      Operand<TInt32> height,
      Operand<TInt32> width,
      Class<T> type) {
    Operand<TFloat32> cls = p.get("cls_token", Shape.of(1, 1, embedDim), normal(0.02));
    Operand<TFloat32> positions = positionEmbedding(tf, p, height, width);
    Operand<TFloat32> patches = // [B, h·w, D]
        tf.reshape(
            patchEmbedding(tf, p.at("patch_embed").at("proj"), images, type),
            tf.stack(List.of(batch, tf.math.mul(height, width), tf.constant(embedDim))));
    Operand<TInt32> each = tf.stack(List.of(batch, tf.constant(1), tf.constant(1)));
    Operand<TFloat32> tokens =
        tf.concat(List.of(tf.tile(cls, each), patches), tf.constant(1)); // [B, T, D]
    return tf.reshape(tf.math.add(tokens, positions), tf.constant(new int[] {-1, embedDim}));
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

  private Operand<TFloat32> positionEmbedding(
      Ops tf, Params p, Operand<TInt32> height, Operand<TInt32> width) {
    int grid = imageSize / patchSize;
    int patches = grid * grid;
    Operand<TFloat32> embedding =
        p.get("pos_embed", Shape.of(1, patches + 1L, embedDim), normal(0.02));
    Operand<TFloat32> rows = tf.reshape(embedding, tf.constant(new int[] {-1, embedDim}));
    Operand<TFloat32> cls =
        tf.slice(rows, tf.constant(new int[] {0, 0}), tf.constant(new int[] {1, embedDim}));
    Operand<TFloat32> plane =
        tf.slice(rows, tf.constant(new int[] {1, 0}), tf.constant(new int[] {patches, embedDim}));
    Operand<TFloat32> resized = PositionEmbedding.resize(tf, plane, grid, embedDim, height, width);
    return tf.expandDims(tf.concat(List.of(cls, resized), tf.constant(0)), tf.constant(0));
  }

  private Operand<TInt32> patches(Ops tf, Operand<TFloat32> images, int axis) {
    return tf.math.div(size(tf, images, axis), tf.constant(patchSize));
  }

  /** A dimension's size: a constant where the graph knows it, so that all that follows folds. */
  private static Operand<TInt32> size(Ops tf, Operand<TFloat32> images, int axis) {
    long known = images.shape().get(axis);
    if (known != Shape.UNKNOWN_SIZE) {
      return tf.constant((int) known);
    }
    return tf.reshape(
        tf.slice(tf.shape(images), tf.constant(new int[] {axis}), tf.constant(new int[] {1})),
        tf.constant(new int[0]));
  }
}
