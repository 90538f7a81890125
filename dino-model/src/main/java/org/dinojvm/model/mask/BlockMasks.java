package org.dinojvm.model.mask;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * Masks of blocks (BEiT, Bao et al. 2021, algorithm 1; iBOT's {@code loader.py} and DINOv2's {@code
 * masking.py}): rectangles of random area and aspect are put in place until as many patches are
 * masked as asked for. A rectangle has up to 10 tries; if none fits, the mask ends there.
 *
 * <p>Letters in shapes: n crops, h × w patches, t tries.
 *
 * @param height h
 * @param width w
 * @param smallest area of a block that is asked for, in patches
 * @param largest number of patches that a block may add
 */
public record BlockMasks(int height, int width, double smallest, double largest) {

  /** Tries to place a block. */
  private static final int TRIES = 10;

  /** Blocks at most. In 10,000 masks of 28 × 28 patches none had more than 19. */
  private static final int BLOCKS = 24;

  /** Random numbers of a try: area, aspect, row, column. */
  private static final int EACH = 4;

  /** How many random numbers a mask takes. */
  public static final int NUMBERS = BLOCKS * TRIES * EACH;

  /** Aspects are between this and its inverse. */
  private static final double FLATTEST = 0.3;

  public BlockMasks {
    checkArgument(height >= 1 && width >= 1, "a grid of %s x %s patches is empty", height, width);
  }

  /** iBOT's: blocks of at least (min(h, w)/3)², of any size. */
  public static BlockMasks ibot(int height, int width) {
    int side = Math.min(height, width) / 3;
    return new BlockMasks(height, width, side * side, height * width);
  }

  /** DINOv2's: blocks of 4 patches to half of the grid. */
  public static BlockMasks dinoV2(int height, int width) {
    return new BlockMasks(height, width, 4, 0.5 * height * width);
  }

  /** Masks that grow, and whether they still may. */
  private record Masks(
      Operand<TFloat32> masked, Operand<TFloat32> count, Operand<TFloat32> goesOn) {}

  /**
   * Draws masks.
   *
   * @param targets how many patches to mask at most, [n]
   * @param uniform numbers of [0, 1), [n, {@link #NUMBERS}]
   * @return [n, h·w]
   */
  public Operand<TBool> of(Ops tf, Operand<TFloat32> targets, Operand<TFloat32> uniform) {
    List<? extends Operand<TFloat32>> draws = // [n, blocks, t] each
        tf.unstack(
                tf.reshape(uniform, tf.constant(new int[] {-1, BLOCKS, TRIES, EACH})),
                (long) EACH,
                org.tensorflow.op.core.Unstack.axis(3L))
            .output();
    Operand<TFloat32> nothing = tf.zerosLike(targets);
    Operand<TFloat32> zero =
        tf.math.mul(
            tf.reshape(nothing, tf.constant(new int[] {-1, 1, 1})),
            tf.fill(tf.constant(new int[] {1, height, width}), tf.constant(1f)));
    Masks masks = new Masks(zero, nothing, tf.onesLike(targets));
    Operand<TFloat32> aspects = aspects(tf, draws.get(1));
    for (int block = 0; block < BLOCKS; block++) {
      masks =
          withBlock(
              tf,
              masks,
              targets,
              List.of(
                  ofBlock(tf, draws.get(0), block),
                  ofBlock(tf, aspects, block),
                  ofBlock(tf, draws.get(2), block),
                  ofBlock(tf, draws.get(3), block)));
    }
    return tf.reshape(
        tf.math.greater(masks.masked(), tf.constant(0f)),
        tf.constant(new int[] {-1, height * width}));
  }

  /** Height by width, log-uniform: [n, blocks, t] → [n, blocks, t]. */
  private static Operand<TFloat32> aspects(Ops tf, Operand<TFloat32> uniform) {
    float most = (float) -Math.log(FLATTEST);
    return tf.math.exp(tf.math.sub(tf.math.mul(uniform, tf.constant(2 * most)), tf.constant(most)));
  }

  private static Operand<TFloat32> ofBlock(Ops tf, Operand<TFloat32> draws, int block) {
    return tf.squeeze(
        tf.slice(
            draws, tf.constant(new int[] {0, block, 0}), tf.constant(new int[] {-1, 1, TRIES})),
        org.tensorflow.op.core.Squeeze.axis(List.of(1L)));
  }

  /** Adds the first rectangle that fits, [n, t] numbers of each kind. */
  private Masks withBlock(
      Ops tf, Masks masks, Operand<TFloat32> targets, List<Operand<TFloat32>> draws) {
    Operand<TFloat32> left =
        tf.expandDims(
            tf.math.minimum(tf.math.sub(targets, masks.count()), tf.constant((float) largest)),
            tf.constant(1));
    Operand<TFloat32> least = tf.constant((float) smallest);
    Operand<TFloat32> area =
        tf.math.maximum(
            tf.math.add(tf.math.mul(draws.get(0), tf.math.sub(left, least)), least),
            tf.constant(0f));
    Operand<TFloat32> rows = tf.math.rint(tf.math.sqrt(tf.math.mul(area, draws.get(1))));
    Operand<TFloat32> columns = tf.math.rint(tf.math.sqrt(tf.math.div(area, draws.get(1))));
    Operand<TFloat32> inRows = within(tf, draws.get(2), rows, height); // [n, t, h]
    Operand<TFloat32> inColumns = within(tf, draws.get(3), columns, width); // [n, t, w]
    Operand<TFloat32> covered = // [n, t]
        tf.reduceSum(
            tf.math.mul(tf.train.batchMatMul(inRows, masks.masked(), TFloat32.class), inColumns),
            tf.constant(2));
    Operand<TFloat32> added = tf.math.sub(tf.math.mul(rows, columns), covered);
    Operand<TBool> fits =
        tf.math.logicalAnd(
            tf.math.logicalAnd(
                tf.math.less(rows, tf.constant((float) height)),
                tf.math.less(columns, tf.constant((float) width))),
            tf.math.logicalAnd(
                tf.math.greater(added, tf.constant(0f)), tf.math.lessEqual(added, left)));
    Operand<TFloat32> fit =
        tf.math.mul(
            tf.dtypes.cast(fits, TFloat32.class), tf.expandDims(masks.goesOn(), tf.constant(1)));
    Operand<TFloat32> first = // the first of the largest
        tf.oneHot(
            tf.math.argMax(fit, tf.constant(1)),
            tf.constant(TRIES),
            tf.constant(1f),
            tf.constant(0f));
    Operand<TFloat32> chosen = tf.math.mul(fit, first); // [n, t]
    Operand<TFloat32> rectangle = // [n, h, w]
        tf.train.batchMatMul(
            tf.math.mul(inRows, tf.expandDims(chosen, tf.constant(2))),
            inColumns,
            TFloat32.class,
            BatchMatMul.adjX(true));
    return new Masks(
        tf.math.maximum(masks.masked(), rectangle),
        tf.math.add(masks.count(), tf.reduceSum(tf.math.mul(chosen, added), tf.constant(1))),
        tf.reduceMax(fit, tf.constant(1), ReduceMax.keepDims(false)));
  }

  /**
   * Which rows or columns a block covers that begins at any place where it fits.
   *
   * @param uniform [n, t]
   * @param length of the block, [n, t]
   * @param size of the grid
   * @return [n, t, size] of 0 and 1
   */
  private static Operand<TFloat32> within(
      Ops tf, Operand<TFloat32> uniform, Operand<TFloat32> length, int size) {
    Operand<TFloat32> places =
        tf.math.sub(tf.constant((float) (size + 1)), length); // 0 to size − length
    Operand<TFloat32> start =
        tf.expandDims(tf.math.floor(tf.math.mul(uniform, places)), tf.constant(2));
    Operand<TFloat32> end = tf.math.add(start, tf.expandDims(length, tf.constant(2)));
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = i;
    }
    Operand<TFloat32> place = tf.constant(numbers);
    return tf.dtypes.cast(
        tf.math.logicalAnd(tf.math.greaterEqual(place, start), tf.math.less(place, end)),
        TFloat32.class);
  }

  /** How many patches of each crop are masked: [n, N] → [n, 1]. */
  static Operand<TFloat32> counts(Ops tf, Operand<TFloat32> masks) {
    return tf.reduceSum(masks, tf.constant(1), ReduceSum.keepDims(true));
  }
}
