package org.dinojvm.serve.readout;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Parts of the last blocks' tokens, side by side. */
final class TokenParts {

  private static final int CLASS = 0;
  private static final int PATCHES = 1;

  private TokenParts() {}

  /**
   * Class tokens of the last blocks, oldest first, then the mean of the last one's patch tokens.
   *
   * @param lastBlocks [N, 2, D] each: class token and mean of patch tokens, oldest block first
   * @param blocks how many class tokens, of as many blocks as there are
   * @param mean whether the mean is wanted
   * @param width D
   * @return [N, parts · D]
   */
  static Operand<TFloat32> of(
      Ops tf, List<Operand<TFloat32>> lastBlocks, int blocks, boolean mean, int width) {
    int count = lastBlocks.size();
    List<Operand<TFloat32>> parts = new ArrayList<>();
    for (Operand<TFloat32> block : lastBlocks.subList(Math.max(0, count - blocks), count)) {
      parts.add(part(tf, block, CLASS, width));
    }
    if (mean) {
      parts.add(part(tf, lastBlocks.get(count - 1), PATCHES, width));
    }
    return parts.size() == 1 ? parts.get(0) : tf.concat(parts, tf.constant(1));
  }

  /** [N, 2, D] → [N, D] */
  private static Operand<TFloat32> part(Ops tf, Operand<TFloat32> block, int which, int width) {
    return tf.reshape(
        tf.slice(block, tf.array(0, which, 0), tf.array(-1, 1, width)), tf.array(-1, width));
  }
}
