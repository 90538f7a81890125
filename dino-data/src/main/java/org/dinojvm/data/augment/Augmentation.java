package org.dinojvm.data.augment;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Something that happens at random to the pixels of a crop. What it is, which random numbers it
 * takes and what it does with them stand in one class; a record also holds its settings.
 */
public interface Augmentation extends RandomChoice {

  /** What it is called in errors. */
  String name();

  /**
   * Whether it may happen to a view; if not, nothing is compiled for it, but its numbers are drawn,
   * so that those of the others stay what they are.
   *
   * @param view the global ones are 0 and 1
   */
  default boolean mayHappen(int view) {
    return true;
  }

  /**
   * Augments a crop. The ops become part of a function that XLA compiles: all shapes are known, and
   * {@link Compiled} has what makes a crop pay only for what happens to it.
   *
   * @param crop [3, 1, S, S] whole numbers 0…255 in floats: red, green and blue plane
   * @param drawn [] each, a number from each interval of {@link #draws}
   * @return [3, 1, S, S] in whole numbers 0…255
   */
  Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> drawn);
}
