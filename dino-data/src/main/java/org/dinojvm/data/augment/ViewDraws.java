package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * The random choices for views: for each a row of numbers, all made by one stateless draw from the
 * picture's seed. V is the number of views of a picture, the two global ones first. More local
 * views leave the other views' rows as they are.
 */
@SuppressWarnings("EnumOrdinal") // the order of the constants is the order of the columns
final class ViewDraws {

  private enum Column {
    AREA(CropBoxes.TRIES),
    LOG_RATIO(CropBoxes.TRIES),
    CORNER(2),
    JITTER(1),
    JITTER_ORDER(1),
    JITTER_FACTORS(4),
    FLIP(1),
    GRAYSCALE(1),
    BLUR(1),
    BLUR_RADIUS(1),
    SOLARIZE(1);

    final int width;

    Column(int width) {
      this.width = width;
    }

    /** Where it begins in a row. */
    int start() {
      return Arrays.stream(values()).limit(ordinal()).mapToInt(column -> column.width).sum();
    }
  }

  /** The length of a row. */
  static final int WIDTH = Arrays.stream(Column.values()).mapToInt(column -> column.width).sum();

  private final MultiCrop crops;

  /** The ends of the intervals that numbers are drawn from, [V, WIDTH]. */
  private final float[][] from;

  private final float[][] to;

  ViewDraws(MultiCrop crops) {
    this.crops = crops;
    this.from = new float[crops.views()][WIDTH];
    this.to = new float[crops.views()][WIDTH];
    for (int view = 0; view < crops.views(); view++) {
      describe(view);
    }
  }

  /**
   * Draws for all views of one picture.
   *
   * @param seed [2]
   * @return [V, WIDTH]
   */
  Operand<TFloat32> draw(Ops tf, Operand<TInt64> seed) {
    Operand<TFloat32> uniform =
        tf.random.statelessRandomUniform(tf.constant(new int[] {crops.views(), WIDTH}), seed);
    Operand<TFloat32> low = tf.constant(from);
    return tf.math.add(tf.math.mul(uniform, tf.math.sub(tf.constant(to), low)), low);
  }

  /**
   * Where the views of a picture are cut out.
   *
   * @param draws [V, WIDTH]
   * @param size [2] height and width of the picture
   * @return [V, 4] top, left, height, width
   */
  Operand<TInt32> boxes(Ops tf, Operand<TFloat32> draws, Operand<TInt32> size) {
    ImmutableList<Operand<TFloat32>> columns = split(tf, draws);
    return CropBoxes.boxes(
        tf,
        size,
        crops.aspectRatio(),
        columns.get(Column.AREA.ordinal()),
        columns.get(Column.LOG_RATIO.ordinal()),
        columns.get(Column.CORNER.ordinal()));
  }

  /**
   * Which views are mirrored.
   *
   * @param draws [n, WIDTH]
   * @return [n, 1] 1 to mirror, else 0
   */
  static Operand<TFloat32> flips(Ops tf, Operand<TFloat32> draws) {
    return happens(tf, split(tf, draws), Column.FLIP);
  }

  /**
   * What else happens to views.
   *
   * @param draws [n, WIDTH]
   */
  static ViewParameters parameters(Ops tf, Operand<TFloat32> draws) {
    ImmutableList<Operand<TFloat32>> columns = split(tf, draws);
    return new ViewParameters(
        jitterOrder(tf, columns),
        columns.get(Column.JITTER_FACTORS.ordinal()),
        perView(tf, happens(tf, columns, Column.GRAYSCALE)),
        perView(
            tf,
            tf.math.mul(
                happens(tf, columns, Column.BLUR), columns.get(Column.BLUR_RADIUS.ordinal()))),
        perView(tf, happens(tf, columns, Column.SOLARIZE)));
  }

  private void describe(int view) {
    Range scale = view < 2 ? crops.globalScale() : crops.localScale();
    double[] blur = {crops.blurGlobal1(), crops.blurGlobal2(), crops.blurLocal()};
    set(view, Column.AREA, scale.low(), scale.high());
    set(
        view,
        Column.LOG_RATIO,
        Math.log(crops.aspectRatio().low()),
        Math.log(crops.aspectRatio().high()));
    set(view, Column.CORNER, 0, 1);
    chance(view, Column.JITTER, crops.jitter());
    set(view, Column.JITTER_ORDER, 0, ColorJitter.ORDER_COUNT);
    factor(view, 0, 1, crops.brightness());
    factor(view, 1, 1, crops.contrast());
    factor(view, 2, 1, crops.saturation());
    factor(view, 3, 0, crops.hue());
    chance(view, Column.FLIP, crops.flip());
    chance(view, Column.GRAYSCALE, crops.grayscale());
    chance(view, Column.BLUR, blur[Math.min(view, 2)]);
    set(view, Column.BLUR_RADIUS, crops.blurRadius().low(), crops.blurRadius().high());
    chance(view, Column.SOLARIZE, view == 1 ? crops.solarizeGlobal2() : 0);
  }

  private void set(int view, Column column, double low, double high) {
    Arrays.fill(from[view], column.start(), column.start() + column.width, (float) low);
    Arrays.fill(to[view], column.start(), column.start() + column.width, (float) high);
  }

  private void factor(int view, int place, double centre, double strength) {
    from[view][Column.JITTER_FACTORS.start() + place] = (float) (centre - strength);
    to[view][Column.JITTER_FACTORS.start() + place] = (float) (centre + strength);
  }

  /** What {@link #happens} with this probability is above 0 with it: U(p − 1, p), turned round. */
  private void chance(int view, Column column, double probability) {
    set(view, column, probability, probability - 1);
  }

  /** 1 or 0, [n, 1]. */
  private static Operand<TFloat32> happens(
      Ops tf, ImmutableList<Operand<TFloat32>> columns, Column column) {
    return tf.dtypes.cast(
        tf.math.greater(columns.get(column.ordinal()), tf.constant(0f)), TFloat32.class);
  }

  private static Operand<TFloat32> jitterOrder(Ops tf, ImmutableList<Operand<TFloat32>> columns) {
    return perView(
        tf,
        tf.select(
            tf.math.greater(columns.get(Column.JITTER.ordinal()), tf.constant(0f)),
            tf.math.floor(columns.get(Column.JITTER_ORDER.ordinal())),
            tf.constant((float) ColorJitter.NO_JITTER)));
  }

  /** [n, 1] → [n]. */
  private static Operand<TFloat32> perView(Ops tf, Operand<TFloat32> column) {
    return tf.reshape(column, tf.constant(new int[] {-1}));
  }

  private static ImmutableList<Operand<TFloat32>> split(Ops tf, Operand<TFloat32> draws) {
    int[] widths = Arrays.stream(Column.values()).mapToInt(column -> column.width).toArray();
    return ImmutableList.copyOf(
        tf.splitV(draws, tf.constant(widths), tf.constant(1), (long) widths.length).output());
  }
}
