package org.dinojvm.data.augment;

import com.google.common.collect.ImmutableList;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TType;

/**
 * The views of one size among the V views of a picture.
 *
 * @param first the number of the first one
 * @param count how many there are
 * @param size their side in pixels
 */
public record Resolution(int first, int count, int size) {

  /** Those of the global crops, then of the local ones if there are any. */
  static ImmutableList<Resolution> of(MultiCrop crops) {
    Resolution global = new Resolution(0, crops.globalCropsNumber(), crops.globalCropsSize());
    Resolution local =
        new Resolution(global.count, crops.localCropsNumber(), crops.localCropsSize());
    return local.count == 0 ? ImmutableList.of(global) : ImmutableList.of(global, local);
  }

  /** Its rows of a table of all views, [V, …] → [count, …]. */
  <T extends TType> Operand<T> rows(Ops tf, Operand<T> perView) {
    return tf.slice(perView, tf.constant(new int[] {first, 0}), tf.constant(new int[] {count, -1}));
  }
}
