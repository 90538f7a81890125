package org.dinojvm.train.objective;

import static org.dinojvm.settings.Rules.ascendingFractions;
import static org.dinojvm.settings.Rules.fraction;
import static org.dinojvm.settings.Rules.require;

import java.util.List;
import org.dinojvm.data.augment.MultiCrop;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.model.mask.BlockMasks;
import org.dinojvm.settings.Range;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * How many patches of the global crops are masked. All draws are functions of seed, epoch, picture
 * and view; how DINOv2 shares ratios out depends on the other crops of the batch, too.
 *
 * <p>Letters in shapes: n crops, N = side² patches.
 */
public record MaskSettings(
    @Setting(
            value = "0.5",
            doc = "Share of the global crops that have a mask.",
            source = "ibot, pred_ratio 0 0.3; dinov2, mask_sample_probability")
        double maskShare,
    @Setting(
            value = "0.1 0.5",
            doc = "Share of the patches that a mask covers, from and to.",
            source = "ibot, pred_ratio and pred_ratio_var; dinov2, mask_ratio_min_max")
        Range maskRatio) {

  /** Random numbers that a crop's mask takes: two for its size, the others for its blocks. */
  static final int NUMBERS = 2 + BlockMasks.NUMBERS;

  /** Checks each value. */
  public MaskSettings {
    fraction("mask_share", maskShare);
    ascendingFractions("mask_ratio", maskRatio);
  }

  /** Refuses networks that cannot mask, and local crops that look like global ones. */
  static void check(BackboneSettings backbone, MultiCrop views) {
    requireVit(backbone);
    require(
        views.localCropsNumber() == 0 || views.localCropsSize() != views.globalCropsSize(),
        "local_crops_size",
        views.localCropsSize(),
        "must differ from global_crops_size: only global crops are masked");
  }

  /** Refuses networks without patches. */
  static void requireVit(BackboneSettings backbone) {
    require(
        backbone.family().name().equals("vit"),
        "arch",
        backbone.arch(),
        "cannot mask patches; choose a Vision Transformer, as vit_small");
  }

  /** iBOT's: each crop by itself has a mask or not, of a ratio of its own. [n, N]. */
  Operand<TBool> independent(Ops tf, Operand<TFloat32> draws, int side) {
    List<Operand<TFloat32>> sizes = sizes(tf, draws);
    Operand<TFloat32> ratios =
        tf.math.add(
            tf.math.mul(sizes.get(1), tf.constant((float) (maskRatio.high() - maskRatio.low()))),
            tf.constant((float) maskRatio.low()));
    Operand<TFloat32> targets =
        tf.math.mul(
            tf.math.mul(ratios, tf.constant((float) (side * side))),
            number(tf, tf.math.less(sizes.get(0), tf.constant((float) maskShare))));
    return BlockMasks.ibot(side, side).of(tf, targets, blocks(tf, draws));
  }

  /**
   * DINOv2's: a fixed share of the crops, whose ratios are spread evenly, one in each interval, and
   * shuffled. [n, N].
   */
  Operand<TBool> spread(Ops tf, Operand<TFloat32> draws, int side) {
    int crops = (int) draws.shape().get(0);
    int masked = masked(crops);
    List<Operand<TFloat32>> sizes = sizes(tf, draws);
    Operand<TFloat32> ranks = ranks(tf, sizes.get(0));
    double width = (maskRatio.high() - maskRatio.low()) / Math.max(1, masked);
    Operand<TFloat32> ratios =
        tf.math.add(
            tf.math.mul(tf.math.add(ranks, sizes.get(1)), tf.constant((float) width)),
            tf.constant((float) maskRatio.low()));
    Operand<TFloat32> targets =
        tf.math.mul(
            tf.math.floor(tf.math.mul(ratios, tf.constant((float) (side * side)))),
            number(tf, tf.math.less(ranks, tf.constant((float) masked))));
    return BlockMasks.dinoV2(side, side).of(tf, targets, blocks(tf, draws));
  }

  /** The most patches that {@link #independent} can mask. */
  int mostIndependent(int crops, int side) {
    return Math.max(1, crops * (int) Math.floor(maskRatio.high() * side * side));
  }

  /** The most patches that {@link #spread} can mask. */
  int mostSpread(int crops, int side) {
    int masked = masked(crops);
    double width = (maskRatio.high() - maskRatio.low()) / Math.max(1, masked);
    int most = 0;
    for (int i = 0; i < masked; i++) {
      most += (int) Math.floor((maskRatio.low() + (i + 1) * width) * side * side + 1e-3);
    }
    return Math.max(1, most);
  }

  private int masked(int crops) {
    return (int) (crops * maskShare);
  }

  /** Which place each number has among all, the smallest first: [n] → [n]. */
  private static Operand<TFloat32> ranks(Ops tf, Operand<TFloat32> numbers) {
    int count = (int) numbers.shape().get(0);
    float[][] earlier = new float[count][count]; // breaks ties
    for (int i = 0; i < count; i++) {
      java.util.Arrays.fill(earlier[i], 0, i, 1f);
    }
    Operand<TFloat32> own = tf.expandDims(numbers, tf.constant(1));
    Operand<TFloat32> others = tf.expandDims(numbers, tf.constant(0));
    Operand<TFloat32> before =
        tf.math.add(
            number(tf, tf.math.less(others, own)),
            tf.math.mul(number(tf, tf.math.equal(others, own)), tf.constant(earlier)));
    return tf.reduceSum(before, tf.constant(1));
  }

  private static Operand<TFloat32> number(Ops tf, Operand<TBool> holds) {
    return tf.dtypes.cast(holds, TFloat32.class);
  }

  /** The first two numbers of each crop, [n] each. */
  private static List<Operand<TFloat32>> sizes(Ops tf, Operand<TFloat32> draws) {
    Operand<TFloat32> two =
        tf.slice(draws, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, 2}));
    return List.copyOf(tf.unstack(two, 2L, Unstack.axis(1L)).output());
  }

  private static Operand<TFloat32> blocks(Ops tf, Operand<TFloat32> draws) {
    return tf.slice(
        draws, tf.constant(new int[] {0, 2}), tf.constant(new int[] {-1, BlockMasks.NUMBERS}));
  }
}
