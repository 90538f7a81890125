package org.dinojvm.data.augment;

import static com.google.common.base.Preconditions.checkArgument;
import static org.dinojvm.settings.Rules.between;
import static org.dinojvm.settings.Rules.fraction;

import com.google.common.collect.Collections2;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.dinojvm.settings.Setting;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Changes of brightness, contrast, saturation and hue, in random order. */
@SuppressWarnings("EnumOrdinal") // the order of the constants is the order of the factors
public record ColorJitter(
    @Setting(
            value = "0.8",
            unit = "probability",
            doc = "Color jitter: the next four settings, in random order.",
            source = "main_dino.py, DataAugmentationDINO")
        double jitterProbability,
    @Setting(
            value = "0.4",
            doc = "Jitter: brightness is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double brightness,
    @Setting(
            value = "0.4",
            doc = "Jitter: contrast is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double contrast,
    @Setting(
            value = "0.2",
            doc = "Jitter: saturation is multiplied by a factor at most this far from 1.",
            source = "main_dino.py, DataAugmentationDINO")
        double saturation,
    @Setting(
            value = "0.1",
            unit = "turns of the color wheel",
            doc = "Jitter: hue is turned by at most this, 0 to 0.5.",
            source = "main_dino.py, DataAugmentationDINO")
        double hue)
    implements Augmentation {

  /** What is changed, by its factor's place. */
  private enum Change {
    BRIGHTNESS,
    CONTRAST,
    SATURATION,
    HUE
  }

  private static final ImmutableList<List<Change>> ORDERS =
      ImmutableList.copyOf(Collections2.permutations(Arrays.asList(Change.values())));

  /** The first of the factors among the numbers; before it, whether and in which order. */
  private static final int FIRST_FACTOR = 2;

  /** Checks probability and strengths. */
  public ColorJitter {
    fraction("jitter_probability", jitterProbability);
    fraction("brightness", brightness);
    fraction("contrast", contrast);
    fraction("saturation", saturation);
    between("hue", hue, 0, 0.5);
  }

  @Override
  public String name() {
    return "color jitter";
  }

  @Override
  public boolean mayHappen(int view) {
    return jitterProbability > 0;
  }

  /** Whether; the order's index, to be rounded down; the factors of the changes. */
  @Override
  public ImmutableList<Interval> draws(int view) {
    return ImmutableList.of(
        Interval.chance(jitterProbability),
        Interval.of(0, ORDERS.size()),
        Interval.around(1, brightness),
        Interval.around(1, contrast),
        Interval.around(1, saturation),
        Interval.around(0, hue));
  }

  /** An order's index by names: {@code "saturation", "brightness", …}. */
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

  @Override
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn) {
    Operand<TInt32> changes =
        tf.math.mul(
            tf.dtypes.cast(tf.math.greater(drawn.get(0), tf.constant(0f)), TInt32.class),
            tf.constant(Change.values().length));
    Operand<TFloat32> order = tf.math.floor(drawn.get(1));
    Operand<TFloat32> factors = tf.stack(drawn.subList(FIRST_FACTOR, drawn.size()));
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
