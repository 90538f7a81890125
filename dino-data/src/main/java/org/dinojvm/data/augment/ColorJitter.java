package org.dinojvm.data.augment;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.Collections2;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Brightness, contrast, saturation and hue of a crop, in any order. */
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
   * Changes the colours of a crop. Needs {@link Compiled}.
   *
   * @param crop [3, 1, H, W]
   * @param order [] from {@link #order}, or {@link #NO_JITTER}
   * @param factors [4] of brightness, contrast, saturation and hue
   */
  static Operand<TFloat32> apply(
      Ops tf, Operand<TFloat32> crop, Operand<TFloat32> order, Operand<TFloat32> factors) {
    Operand<TInt32> changes =
        tf.math.mul(
            tf.dtypes.cast(tf.math.less(order, tf.constant((float) NO_JITTER)), TInt32.class),
            tf.constant(Change.values().length));
    return Compiled.loop(
        tf, changes, crop, ImmutableList.of(order, factors), ColorJitter::applyOne);
  }

  /** The change at a place of the order. */
  private static Operand<TFloat32> applyOne(
      Ops tf, Operand<TInt32> place, Operand<TFloat32> crop, List<Operand<TFloat32>> numbers) {
    Operand<TInt32> order = tf.dtypes.cast(numbers.get(0), TInt32.class);
    Operand<TInt32> cell =
        tf.math.add(tf.math.mul(order, tf.constant(Change.values().length)), place);
    Operand<TInt32> change = tf.gather(tf.constant(table()), cell, tf.constant(0));
    Operand<TFloat32> factor = tf.gather(numbers.get(1), change, tf.constant(0));
    return Compiled.choose(
        tf,
        change,
        crop,
        ImmutableList.of(factor),
        ImmutableList.of(
            (ops, x, f) -> ImageOps.brightness(ops, x, perCrop(ops, f)),
            (ops, x, f) -> ImageOps.contrast(ops, x, perCrop(ops, f)),
            (ops, x, f) -> ImageOps.saturation(ops, x, perCrop(ops, f)),
            (ops, x, f) -> ImageOps.hue(ops, x, perCrop(ops, f))));
  }

  private static Operand<TFloat32> perCrop(Ops tf, List<Operand<TFloat32>> factor) {
    return tf.reshape(factor.get(0), tf.constant(new int[] {1, 1, 1}));
  }

  /** The changes of all orders, one order after the other. */
  private static int[] table() {
    return ORDERS.stream().flatMap(List::stream).mapToInt(Change::ordinal).toArray();
  }
}
