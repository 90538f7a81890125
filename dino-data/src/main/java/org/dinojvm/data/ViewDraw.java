package org.dinojvm.data;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.Collections2;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * All random choices for one view of a picture.
 *
 * @param box [4] top, left, height, width in pixels of the source
 * @param jitter [] index into {@link #JITTER_ORDERS}, or their number for no jitter
 * @param factors [4] brightness, contrast, saturation and hue
 * @param effects [] the {@linkplain Effect#bit bits} of those that happen
 * @param blurRadius [] in pixels
 */
@SuppressWarnings("EnumOrdinal") // the order of constants is the order of columns and bits
record ViewDraw(
    Operand<TInt32> box,
    Operand<TInt32> jitter,
    Operand<TFloat32> factors,
    Operand<TInt32> effects,
    Operand<TFloat32> blurRadius) {

  /** What colour jitter changes, in random order. */
  enum Jitter {
    BRIGHTNESS,
    CONTRAST,
    SATURATION,
    HUE;

    /** Where its factor stands among the factors. */
    int place() {
      return ordinal();
    }
  }

  /** What is done to a view or not, in this order. */
  enum Effect {
    FLIP,
    GRAYSCALE,
    BLUR,
    SOLARIZE;

    /** Its bit among the effects. */
    int bit() {
      return 1 << ordinal();
    }
  }

  static final ImmutableList<List<Jitter>> JITTER_ORDERS =
      ImmutableList.copyOf(Collections2.permutations(Arrays.asList(Jitter.values())));

  /** The columns of the table of draws, in order, each with its number of draws. */
  private enum Column {
    AREA(CropBoxes.TRIES),
    LOG_RATIO(CropBoxes.TRIES),
    CORNER(2),
    JITTER(1),
    ORDER(1),
    FACTORS(Jitter.values().length),
    EFFECTS(Effect.values().length),
    BLUR_RADIUS(1);

    final int draws;

    Column(int draws) {
      this.draws = draws;
    }
  }

  /**
   * Draws for all views of one picture, the two global ones first: a pure function of the seed.
   * More local views leave the others' draws as they are.
   *
   * @param seed [2]
   * @param size [2] height and width of the source
   */
  static ImmutableList<ViewDraw> forPicture(
      Ops tf, MultiCrop crops, Operand<TInt64> seed, Operand<TInt32> size) {
    Drawn drawn = new Table(crops).draw(tf, seed);
    List<? extends Operand<TInt32>> boxes = unstack(tf, crops, drawn.boxes(tf, crops, size));
    List<? extends Operand<TInt32>> jitters = unstack(tf, crops, drawn.jitters(tf));
    List<? extends Operand<TFloat32>> factors = unstack(tf, crops, drawn.of(Column.FACTORS));
    List<? extends Operand<TInt32>> effects = unstack(tf, crops, drawn.effects(tf));
    List<? extends Operand<TFloat32>> radii =
        unstack(tf, crops, flat(tf, drawn.of(Column.BLUR_RADIUS)));
    return IntStream.range(0, crops.views())
        .mapToObj(
            view ->
                new ViewDraw(
                    boxes.get(view),
                    jitters.get(view),
                    factors.get(view),
                    effects.get(view),
                    radii.get(view)))
        .collect(toImmutableList());
  }

  /** What was drawn for all V views of a picture: [V, draws] by column. */
  private record Drawn(ImmutableList<Operand<TFloat32>> columns) {

    Operand<TFloat32> of(Column column) {
      return columns.get(column.ordinal());
    }

    /** [V, 4] */
    Operand<TInt32> boxes(Ops tf, MultiCrop crops, Operand<TInt32> size) {
      return CropBoxes.boxes(
          tf, size, crops.aspectRatio(), of(Column.AREA), of(Column.LOG_RATIO), of(Column.CORNER));
    }

    /** [V] */
    Operand<TInt32> jitters(Ops tf) {
      Operand<TFloat32> order = tf.math.floor(flat(tf, of(Column.ORDER)));
      return tf.select(
          happens(tf, flat(tf, of(Column.JITTER))),
          tf.dtypes.cast(order, TInt32.class),
          tf.constant(JITTER_ORDERS.size()));
    }

    /** [V]; the first effect is the lowest bit. */
    Operand<TInt32> effects(Ops tf) {
      int[] bits = new int[Effect.values().length];
      for (Effect effect : Effect.values()) {
        bits[effect.ordinal()] = effect.bit();
      }
      Operand<TInt32> happens = tf.dtypes.cast(happens(tf, of(Column.EFFECTS)), TInt32.class);
      return tf.reduceSum(tf.math.mul(happens, tf.constant(bits)), tf.constant(1));
    }

    private static Operand<TBool> happens(Ops tf, Operand<TFloat32> chance) {
      return tf.math.greater(chance, tf.constant(0f));
    }
  }

  /** The intervals that all draws are made from: a row for each view, columns by {@link Column}. */
  private static final class Table {
    private final float[][] low;
    private final float[][] span;

    Table(MultiCrop crops) {
      int width = Arrays.stream(Column.values()).mapToInt(column -> column.draws).sum();
      low = new float[crops.views()][width];
      span = new float[crops.views()][width];
      for (int view = 0; view < crops.views(); view++) {
        fill(crops, view);
      }
    }

    /** One stateless draw for all. */
    Drawn draw(Ops tf, Operand<TInt64> seed) {
      Operand<TFloat32> uniform =
          tf.random.statelessRandomUniform(
              tf.constant(new int[] {low.length, low[0].length}), seed);
      Operand<TFloat32> table =
          tf.math.add(tf.math.mul(uniform, tf.constant(span)), tf.constant(low));
      int[] widths = Arrays.stream(Column.values()).mapToInt(column -> column.draws).toArray();
      return new Drawn(
          ImmutableList.copyOf(
              tf.splitV(table, tf.constant(widths), tf.constant(1), (long) widths.length)
                  .output()));
    }

    private void fill(MultiCrop crops, int view) {
      boolean global = view < 2;
      Range area = global ? crops.globalScale() : crops.localScale();
      double[] blur = {crops.blurGlobal1(), crops.blurGlobal2(), crops.blurLocal()};
      set(view, Column.AREA, area.low(), area.high());
      set(
          view,
          Column.LOG_RATIO,
          Math.log(crops.aspectRatio().low()),
          Math.log(crops.aspectRatio().high()));
      set(view, Column.CORNER, 0, 1);
      chance(view, Column.JITTER, 0, crops.jitter());
      set(view, Column.ORDER, 0, JITTER_ORDERS.size());
      around(view, Jitter.BRIGHTNESS, 1, crops.brightness());
      around(view, Jitter.CONTRAST, 1, crops.contrast());
      around(view, Jitter.SATURATION, 1, crops.saturation());
      around(view, Jitter.HUE, 0, crops.hue());
      chance(view, Effect.FLIP, crops.flip());
      chance(view, Effect.GRAYSCALE, crops.grayscale());
      chance(view, Effect.BLUR, blur[Math.min(view, 2)]);
      chance(view, Effect.SOLARIZE, view == 1 ? crops.solarizeGlobal2() : 0);
      set(view, Column.BLUR_RADIUS, crops.blurRadius().low(), crops.blurRadius().high());
    }

    private void set(int view, Column column, double from, double to) {
      for (int i = 0; i < column.draws; i++) {
        set(view, column, i, from, to);
      }
    }

    private void around(int view, Jitter jitter, double centre, double strength) {
      set(view, Column.FACTORS, jitter.place(), centre - strength, centre + strength);
    }

    private void chance(int view, Effect effect, double probability) {
      chance(view, Column.EFFECTS, effect.ordinal(), probability);
    }

    /** The draw is above 0 with the given probability: see {@link Drawn#happens}. */
    private void chance(int view, Column column, int place, double probability) {
      set(view, column, place, probability, probability - 1);
    }

    private void set(int view, Column column, int place, double from, double to) {
      int index = place;
      for (Column before : Column.values()) {
        index += before.compareTo(column) < 0 ? before.draws : 0;
      }
      low[view][index] = (float) from;
      span[view][index] = (float) (to - from);
    }
  }

  private static Operand<TFloat32> flat(Ops tf, Operand<TFloat32> column) {
    return tf.reshape(column, tf.constant(new int[] {-1}));
  }

  private static <T extends TType> List<? extends Operand<T>> unstack(
      Ops tf, MultiCrop crops, Operand<T> perView) {
    return tf.unstack(perView, (long) crops.views()).output();
  }
}
