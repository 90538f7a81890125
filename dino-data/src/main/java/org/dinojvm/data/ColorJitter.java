package org.dinojvm.data;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.Collections2;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Brightness, contrast, saturation and hue, each crop in an order of its own, without control flow.
 *
 * <p>All but the hue are blends and differ only in what they blend with. So all crops go through
 * three blends, the turn of the hue and three more blends; what a blend does, and whether it does
 * anything yet, follows from the crop's order. This is faster than a branch for each crop, and
 * starts in no time.
 */
@SuppressWarnings("EnumOrdinal") // the order of the constants is the order of the factors
public final class ColorJitter {

  /** What is changed, by its factor's place. */
  private enum Change {
    BRIGHTNESS,
    CONTRAST,
    SATURATION,
    HUE
  }

  private static final ImmutableList<List<Change>> ORDERS =
      ImmutableList.copyOf(Collections2.permutations(Arrays.asList(Change.values())));

  /** The number of orders. */
  static final int ORDER_COUNT = ORDERS.size();

  /** The order in which nothing is changed. */
  static final int NO_JITTER = ORDER_COUNT;

  private static final int BLENDS = 3;

  /** Three blends before the hue is turned and three after it. */
  private static final int SLOTS = 2 * BLENDS;

  private ColorJitter() {}

  /** The order's index for {@link #apply}, by name: {@code "saturation", "brightness", …}. */
  public static int order(String... changes) {
    List<Change> order =
        Arrays.stream(changes)
            .map(change -> Change.valueOf(change.toUpperCase(Locale.ROOT)))
            .toList();
    int index = ORDERS.indexOf(order);
    checkArgument(
        index >= 0,
        "illegal order %s: brightness, contrast, saturation and hue, each once",
        Arrays.toString(changes));
    return index;
  }

  /**
   * Changes the colours.
   *
   * @param crops [3, n, H, W]
   * @param order [n] from {@link #order}, or {@link #NO_JITTER}
   * @param factors [n, 4] of brightness, contrast, saturation and hue
   */
  public static Operand<TFloat32> apply(
      Ops tf, Operand<TFloat32> crops, Operand<TInt32> order, Operand<TFloat32> factors) {
    ImmutableList<Blend> blends = blends(tf, order, factors);
    Operand<TFloat32> result = crops;
    for (Blend blend : blends.subList(0, BLENDS)) {
      result = blend.apply(tf, result);
    }
    result = hue(tf, result, order, factors);
    for (Blend blend : blends.subList(BLENDS, SLOTS)) {
      result = blend.apply(tf, result);
    }
    return result;
  }

  /**
   * A blend with black, with the mean or with the grey crop; [n, 1, 1] each.
   *
   * @param factor of the crop itself; at 1 the blend does nothing
   * @param withMean 1 where the crop is blended with its mean, else 0
   * @param withGray 1 where the crop is blended with its grey version, else 0
   */
  private record Blend(
      Operand<TFloat32> factor, Operand<TFloat32> withMean, Operand<TFloat32> withGray) {

    Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crops) {
      Operand<TFloat32> gray = Augmentations.luma(tf, crops);
      Operand<TFloat32> mean = Augmentations.meanLuma(tf, gray);
      Operand<TFloat32> degenerate =
          tf.math.add(tf.math.mul(gray, withGray), tf.math.mul(mean, withMean));
      return Augmentations.blend(tf, degenerate, crops, factor);
    }
  }

  private static ImmutableList<Blend> blends(
      Ops tf, Operand<TInt32> order, Operand<TFloat32> factors) {
    Operand<TFloat32> chosen = // [n, SLOTS, BLENDS], one or none of the three is 1
        tf.gather(tf.constant(choices()), order, tf.constant(0));
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> changes =
        tf.math.sub(
            tf.slice(factors, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, BLENDS})),
            one);
    Operand<TFloat32> slotFactors =
        tf.math.add(
            tf.reduceSum(
                tf.math.mul(chosen, tf.expandDims(changes, tf.constant(1))),
                tf.constant(2),
                ReduceSum.keepDims(true)),
            one);
    Operand<TFloat32> table = // [SLOTS · 4, n, 1, 1]
        tf.reshape(
            tf.linalg.transpose(
                tf.concat(ImmutableList.of(slotFactors, chosen), tf.constant(2)),
                tf.constant(new int[] {1, 2, 0})),
            tf.constant(new int[] {SLOTS * (1 + BLENDS), -1, 1, 1}));
    List<? extends Operand<TFloat32>> rows =
        tf.unstack(table, (long) SLOTS * (1 + BLENDS)).output();
    ImmutableList.Builder<Blend> blends = ImmutableList.builder();
    for (int slot = 0; slot < SLOTS; slot++) {
      int row = slot * (1 + BLENDS) + 1;
      blends.add(
          new Blend(
              rows.get(row - 1),
              rows.get(row + Change.CONTRAST.ordinal()),
              rows.get(row + Change.SATURATION.ordinal())));
    }
    return blends.build();
  }

  /** By order, slot and blend: 1 where the order has that blend in that slot. */
  private static float[][][] choices() {
    float[][][] choices = new float[ORDER_COUNT + 1][SLOTS][BLENDS];
    for (int order = 0; order < ORDER_COUNT; order++) {
      int hue = ORDERS.get(order).indexOf(Change.HUE);
      for (int place = 0; place <= BLENDS; place++) {
        if (place != hue) {
          int slot = place < hue ? place : BLENDS + place - 1;
          choices[order][slot][ORDERS.get(order).get(place).ordinal()] = 1;
        }
      }
    }
    return choices;
  }

  private static Operand<TFloat32> hue(
      Ops tf, Operand<TFloat32> crops, Operand<TInt32> order, Operand<TFloat32> factors) {
    Operand<TInt32> perCrop = tf.constant(new int[] {-1, 1, 1});
    Operand<TFloat32> turns =
        tf.reshape(
            tf.slice(factors, tf.constant(new int[] {0, BLENDS}), tf.constant(new int[] {-1, 1})),
            perCrop);
    Operand<TFloat32> jittered =
        tf.dtypes.cast(tf.math.less(order, tf.constant(ORDER_COUNT)), TFloat32.class);
    return Augmentations.where(
        tf, tf.reshape(jittered, perCrop), Augmentations.hue(tf, crops, turns), crops);
  }
}
