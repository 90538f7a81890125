package org.dinojvm.model;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Stochastic depth (Huang et al. 2016) as in the published code: each residual branch of each
 * sample is dropped on its own, with a rate that grows linearly from 0 at the first block to the
 * full rate at the last; kept branches are divided by the keep rate.
 */
final class DropPath {

  /** Factors [B·T, 1] by block and branch; empty when nothing is dropped. */
  private final ImmutableList<Operand<TFloat32>> factors;

  private DropPath(ImmutableList<Operand<TFloat32>> factors) {
    this.factors = factors;
  }

  /** Draws the factors of one forward pass, all branches in one go. */
  static DropPath create(
      Ops tf, Mode mode, int depth, Operand<TInt32> batch, Operand<TInt32> tokens, int dim) {
    if (mode.dropPathRate() == 0) {
      return new DropPath(ImmutableList.of());
    }
    float[][] keep = new float[2 * depth][1];
    keep[0][0] = 1;
    keep[1][0] = 1;
    for (int block = 1; block < depth; block++) {
      double rate = mode.dropPathRate() * block / (depth - 1);
      keep[2 * block][0] = (float) (1 - rate);
      keep[2 * block + 1][0] = (float) (1 - rate);
    }
    Operand<TFloat32> keepRates = tf.constant(keep);
    Operand<TFloat32> uniform = // [2·depth, B]
        tf.random.statelessRandomUniform(
            tf.stack(List.of(tf.constant(2 * depth), batch)), mode.seed().orElseThrow());
    Operand<TFloat32> drawn =
        tf.math.div(tf.math.floor(tf.math.add(keepRates, uniform)), keepRates);
    ImmutableList.Builder<Operand<TFloat32>> factors = ImmutableList.builder();
    for (Operand<TFloat32> branch : tf.unstack(drawn, 2L * depth).output()) {
      Operand<TFloat32> rows = // [B, 1] to [B, T] to [B·T, 1]
          tf.broadcastTo(tf.expandDims(branch, tf.constant(1)), tf.stack(List.of(batch, tokens)));
      factors.add(tf.reshape(rows, tf.constant(new int[] {-1, 1})));
    }
    return new DropPath(factors.build());
  }

  /** The factors [B·T, 1] of a block's two branches; none where they are 1. */
  List<Operand<TFloat32>> factors(int block) {
    return factors.isEmpty() || block == 0 ? List.of() : factors.subList(2 * block, 2 * block + 2);
  }
}
