package org.dinojvm.data.augment;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * The random numbers of all views of a picture: a row for each view, columns for each choice, all
 * made by one stateless draw from the picture's seed. V is the number of views, the global ones
 * first, W the number of columns. More local views leave the other views' rows as they are.
 */
final class ViewDraws {

  private final ImmutableList<RandomChoice> choices;

  /** The ends of the intervals that numbers are drawn from, [V, W]. */
  private final float[][] from;

  private final float[][] to;

  /**
   * Numbers for some choices.
   *
   * @param choices in the order of their columns
   */
  ViewDraws(List<RandomChoice> choices, int views) {
    this.choices = ImmutableList.copyOf(choices);
    this.from = new float[views][];
    this.to = new float[views][];
    for (int view = 0; view < views; view++) {
      ImmutableList<Interval> row = row(view);
      checkArgument(
          row.size() == row(0).size(),
          "%s numbers are drawn for view %s and %s for view 0: draw as many for all",
          row.size(),
          view,
          row(0).size());
      from[view] = new float[row.size()];
      to[view] = new float[row.size()];
      for (int column = 0; column < row.size(); column++) {
        from[view][column] = row.get(column).from();
        to[view][column] = row.get(column).to();
      }
    }
  }

  private ImmutableList<Interval> row(int view) {
    return choices.stream()
        .flatMap(choice -> choice.draws(view).stream())
        .collect(toImmutableList());
  }

  /** The number of columns, W. */
  int width() {
    return from[0].length;
  }

  /**
   * Draws for all views of one picture.
   *
   * @param seed [2]
   * @return [V, W]
   */
  Operand<TFloat32> draw(Ops tf, Operand<TInt64> seed) {
    Operand<TFloat32> uniform =
        tf.random.statelessRandomUniform(tf.constant(new int[] {from.length, width()}), seed);
    Operand<TFloat32> low = tf.constant(from);
    return tf.math.add(tf.math.mul(uniform, tf.math.sub(tf.constant(to), low)), low);
  }

  /**
   * The numbers of a choice.
   *
   * @param drawn [n, W]
   * @return [n, k]
   */
  Operand<TFloat32> of(Ops tf, Operand<TFloat32> drawn, RandomChoice choice) {
    return columns(tf, drawn, start(choice), choice.draws(0).size());
  }

  /** The numbers of a choice among the W of one view. */
  <T> List<T> ofOne(List<T> drawn, RandomChoice choice) {
    int start = start(choice);
    return drawn.subList(start, start + choice.draws(0).size());
  }

  private int start(RandomChoice choice) {
    return choices.stream()
        .limit(choices.indexOf(choice))
        .mapToInt(before -> before.draws(0).size())
        .sum();
  }

  /** Some columns, [n, k] → [n, count]. */
  static Operand<TFloat32> columns(Ops tf, Operand<TFloat32> drawn, int start, int count) {
    return tf.slice(drawn, tf.constant(new int[] {0, start}), tf.constant(new int[] {-1, count}));
  }
}
