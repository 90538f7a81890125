package org.dinojvm.model.mask;

import static com.google.common.base.Preconditions.checkArgument;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Patches that are removed at random (He et al. 2022; {@code models_mae.py}, {@code
 * random_masking}): those with the smallest numbers stay, in the order of their numbers.
 *
 * <p>Letters in shapes: B pictures, N patches, K of which stay, d features.
 *
 * @param visible the patches that stay, [B, K]
 * @param rank the place of each patch among all by its number, [B, N]; from K on they are removed
 */
public record RandomRemoval(Operand<TInt32> visible, Operand<TInt32> rank) {

  /**
   * By random numbers.
   *
   * @param draws one for each patch, [B, N]
   * @param kept K, 1 to N
   */
  public static RandomRemoval of(Ops tf, Operand<TFloat32> draws, int kept) {
    int patches = (int) draws.shape().get(1);
    checkArgument(kept >= 1 && kept <= patches, "%s patches stay, must be 1 to %s", kept, patches);
    Operand<TInt32> order = ascending(tf, draws, patches);
    Operand<TInt32> visible =
        tf.slice(order, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, kept}));
    Operand<TInt32> rank = ascending(tf, tf.dtypes.cast(order, TFloat32.class), patches);
    return new RandomRemoval(visible, rank);
  }

  /** Which place holds the smallest, the second smallest …, the first of equal ones: [B, N]. */
  private static Operand<TInt32> ascending(Ops tf, Operand<TFloat32> numbers, int count) {
    TopK<TFloat32, TInt32> largest =
        tf.nn.topK(tf.math.neg(numbers), tf.constant(count), new TopK.Options[0]);
    return largest.indices();
  }

  /** K. */
  public int visibleCount() {
    return (int) visible.shape().get(1);
  }

  /** 1 where a patch is removed, else 0, [B, N]. */
  public Operand<TFloat32> removed(Ops tf) {
    return tf.dtypes.cast(tf.math.greaterEqual(rank, tf.constant(visibleCount())), TFloat32.class);
  }

  /**
   * All patches in their order, a token in place of the removed ones.
   *
   * @param seen features of the patches that stay, [B, K, d]
   * @param token [1, 1, d]
   * @return [B, N, d]
   */
  public Operand<TFloat32> restored(
      Ops tf, Operand<TFloat32> seen, Operand<TFloat32> token, int dim) {
    int kept = visibleCount();
    int pictures = (int) visible.shape().get(0);
    int patches = (int) rank.shape().get(1);
    Operand<TFloat32> rows = tf.reshape(seen, tf.constant(new int[] {-1, dim}));
    int[][] before = new int[pictures][1]; // rows of the pictures before
    for (int i = 0; i < pictures; i++) {
      before[i][0] = i * kept;
    }
    Operand<TInt32> places = // those of removed patches do not matter
        tf.math.add(tf.math.minimum(rank, tf.constant(kept - 1)), tf.constant(before));
    Operand<TFloat32> found =
        tf.reshape(
            tf.gather(rows, tf.reshape(places, tf.constant(new int[] {-1})), tf.constant(0)),
            tf.constant(new int[] {pictures, patches, dim}));
    return tf.select(
        tf.expandDims(tf.math.less(rank, tf.constant(kept)), tf.constant(2)), found, token);
  }
}
