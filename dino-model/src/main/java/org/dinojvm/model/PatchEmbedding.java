package org.dinojvm.model;

import static org.dinojvm.model.Initializer.normal;
import static org.dinojvm.model.Initializer.uniform;
import static org.dinojvm.model.Initializer.zeros;
import static org.dinojvm.model.Layers.cast;

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
 * What stands before the blocks of a Vision Transformer: patches become tokens.
 *
 * <p>Letters in shapes: B pictures, H × W pixels, h × w patches, K of which are seen, R registers,
 * T = 1 + R + h·w tokens, D features.
 */
record PatchEmbedding(VisionTransformer network) {

  /**
   * Patches to tokens, class token and registers first, learned positions added to all but the
   * registers: [B, H, W, 3] → [B·T, D].
   */
  <T extends TFloating> Operand<TFloat32> of(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Optional<Operand<TBool>> masked,
      PatchGrid grid,
      Mode mode,
      Class<T> type) {
    Operand<TFloat32> cls = p.get("cls_token", Shape.of(1, 1, dim()), normal(0.02));
    Optional<Operand<TFloat32>> positions =
        network.isRotary() ? Optional.empty() : Optional.of(positions(tf, p, grid));
    Optional<Operand<TFloat32>> registers = registers(p);
    holdMaskToken(p);
    Operand<TFloat32> embedded = // [B, h·w, D]
        tf.reshape(
            all(tf, p.at("patch_embed").at("proj"), images, mode, type),
            tf.stack(List.of(grid.pictures(), grid.patches(tf), tf.constant(dim()))));
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
    return tf.reshape(tokens, tf.constant(new int[] {-1, dim()}));
  }

  /**
   * Some patches to tokens, as {@link #of}: [B, H, W, 3] → [B·(1 + R + K), D].
   *
   * @param visible [B, K]
   */
  <T extends TFloating> Operand<TFloat32> ofVisible(
      Ops tf,
      Params p,
      Operand<TFloat32> images,
      Operand<TInt32> visible,
      PatchGrid grid,
      Class<T> type) {
    Operand<TFloat32> positions = // [1 + h·w, D]
        tf.reshape(positions(tf, p, grid), tf.constant(new int[] {-1, dim()}));
    Operand<TFloat32> cls = // [1, 1, D]
        tf.math.add(
            p.get("cls_token", Shape.of(1, 1, dim()), normal(0.02)),
            tf.slice(positions, tf.constant(new int[] {0, 0}), tf.constant(new int[] {1, -1})));
    Optional<Operand<TFloat32>> registers = registers(p);
    holdMaskToken(p);
    int seen = (int) visible.shape().get(1);
    Operand<TInt32> each = tf.stack(List.of(grid.pictures(), tf.constant(1), tf.constant(1)));
    Operand<TFloat32> patches = // [B·K, D]
        tf.math.add(
            project(
                tf,
                p.at("patch_embed").at("proj"),
                tf.gather(patchRows(tf, images), inBatch(tf, visible, grid), tf.constant(0)),
                type),
            tf.gather(
                positions,
                tf.math.add(flat(tf, visible), tf.constant(1)), // after the class token's
                tf.constant(0)));
    Operand<TFloat32> tokens =
        tf.concat(
            List.of(
                tf.tile(cls, each),
                tf.reshape(
                    patches,
                    tf.stack(List.of(grid.pictures(), tf.constant(seen), tf.constant(dim()))))),
            tf.constant(1));
    if (registers.isPresent()) {
      tokens = withRegisters(tf, tokens, tf.tile(registers.get(), each));
    }
    return tf.reshape(tokens, tf.constant(new int[] {-1, dim()}));
  }

  /** Numbers of patches in a picture to those in the batch: [B, K] → [B·K]. */
  private static Operand<TInt32> inBatch(Ops tf, Operand<TInt32> visible, PatchGrid grid) {
    Operand<TInt32> before = // patches of the pictures before, [B, 1]
        tf.expandDims(
            tf.math.mul(
                tf.range(tf.constant(0), grid.pictures(), tf.constant(1)), grid.patches(tf)),
            tf.constant(1));
    return flat(tf, tf.math.add(visible, before));
  }

  private static Operand<TInt32> flat(Ops tf, Operand<TInt32> numbers) {
    return tf.reshape(numbers, tf.constant(new int[] {-1}));
  }

  /** A token that is trained by a pass that masks, held where the options say so. */
  private void holdMaskToken(Params p) {
    if (network.options().maskToken() == VitOptions.MaskToken.HELD) {
      p.fixed("mask_token", Shape.of(1, dim()), zeros());
    }
  }

  /** [1, R, D]; none where R is 0. */
  private Optional<Operand<TFloat32>> registers(Params p) {
    int count = network.options().registers();
    return count == 0
        ? Optional.empty()
        : Optional.of(
            p.get(network.options().registersName(), Shape.of(1, count, dim()), normal(0.02)));
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
    Operand<TFloat32> token = p.get("mask_token", Shape.of(1, dim()), zeros());
    return tf.select(tf.expandDims(masked, tf.constant(2)), token, patches);
  }

  /**
   * All patches, picture by picture: [B, H, W, 3] → [B, h, w, D] by convolutions, [B·h·w, D] by one
   * linear map.
   */
  private <T extends TFloating> Operand<TFloat32> all(
      Ops tf, Params p, Operand<TFloat32> images, Mode mode, Class<T> type) {
    return network.isConvolutional()
        ? network.stem().of(tf, p, images, mode)
        : project(tf, p, patchRows(tf, images), type);
  }

  /**
   * The pixels of each patch, laid out by SpaceToDepth in the projection's own HWIO order: [B, H,
   * W, 3] → [B·h·w, 3·patch²].
   */
  private Operand<TFloat32> patchRows(Ops tf, Operand<TFloat32> images) {
    Operand<TFloat32> patches =
        network.patchSize() == 1 ? images : tf.nn.spaceToDepth(images, (long) network.patchSize());
    return tf.reshape(patches, tf.constant(new int[] {-1, pixels()}));
  }

  private int dim() {
    return network.embedDim();
  }

  private int pixels() {
    return network.patchSize() * network.patchSize() * 3;
  }

  /**
   * The patch convolution. Its stride is its size, so it is one matrix product over patches: [n,
   * 3·patch²] → [n, D].
   */
  private <T extends TFloating> Operand<TFloat32> project(
      Ops tf, Params p, Operand<TFloat32> rows, Class<T> type) {
    int pixels = pixels();
    double bound = 1 / Math.sqrt(pixels);
    Operand<TFloat32> kernel =
        p.get(
            "kernel", Shape.of(network.patchSize(), network.patchSize(), 3, dim()), uniform(bound));
    Operand<TFloat32> bias = p.get("bias", Shape.of(dim()), uniform(bound));
    Operand<TFloat32> matrix = tf.reshape(kernel, tf.constant(new int[] {pixels, dim()}));
    Operand<T> product = tf.linalg.matMul(cast(tf, rows, type), cast(tf, matrix, type));
    return cast(tf, tf.nn.biasAdd(product, cast(tf, bias, type)), TFloat32.class);
  }

  /** The position embedding as interpolated for a grid, class token first: [1, 1 + h·w, D]. */
  Operand<TFloat32> positions(Ops tf, Params p, PatchGrid grid) {
    int side = network.imageSize() / network.patchSize();
    int patches = side * side;
    Operand<TFloat32> embedding =
        p.get("pos_embed", Shape.of(1, patches + 1L, dim()), normal(0.02));
    Operand<TFloat32> rows = tf.reshape(embedding, tf.constant(new int[] {-1, dim()}));
    Operand<TFloat32> cls =
        tf.slice(rows, tf.constant(new int[] {0, 0}), tf.constant(new int[] {1, dim()}));
    Operand<TFloat32> plane =
        tf.slice(rows, tf.constant(new int[] {1, 0}), tf.constant(new int[] {patches, dim()}));
    Operand<TFloat32> resized =
        PositionEmbedding.resize(
            tf,
            plane,
            side,
            dim(),
            grid.height(),
            grid.width(),
            network.options().positions() == VitOptions.Positions.ANTIALIASED);
    return tf.expandDims(tf.concat(List.of(cls, resized), tf.constant(0)), tf.constant(0));
  }
}
