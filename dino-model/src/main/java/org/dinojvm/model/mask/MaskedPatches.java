package org.dinojvm.model.mask;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The masked patches of a batch of crops, crop by crop. Their number is fixed, so that shapes are;
 * what is too many at the end counts nothing.
 *
 * <p>Letters in shapes: n crops, N patches, m rows.
 *
 * @param places where they are among all n·N, [m]
 * @param valid 1 for a masked patch, 0 for a row too many, [m]
 * @param weights 1 by the number of masked patches of the crop, 0 for a row too many, [m]
 */
public record MaskedPatches(
    Operand<TInt32> places, Operand<TFloat32> valid, Operand<TFloat32> weights) {

  /**
   * The masked patches.
   *
   * @param masks [n, N]
   * @param most m, at least as many as are masked
   */
  public static MaskedPatches of(Ops tf, Operand<TBool> masks, int most) {
    Operand<TFloat32> numbers = tf.dtypes.cast(masks, TFloat32.class);
    TopK<TFloat32, TInt32> first =
        tf.nn.topK(flat(tf, numbers), tf.constant(most), new TopK.Options[0]);
    Operand<TFloat32> weights =
        tf.gather(flat(tf, weights(tf, numbers)), first.indices(), zero(tf));
    return new MaskedPatches(first.indices(), first.values(), weights);
  }

  /**
   * What each patch weighs in a mean over the masked ones of its crop; 0 where it is not masked.
   *
   * @param masks 1 where masked, [n, N]
   * @return [n, N]
   */
  public static Operand<TFloat32> weights(Ops tf, Operand<TFloat32> masks) {
    return tf.math.div(masks, tf.math.maximum(BlockMasks.counts(tf, masks), tf.constant(1f)));
  }

  /**
   * The rows of these patches.
   *
   * @param tokens [n, h, w, D] or [n, N, D]
   * @return [m, D]
   */
  public Operand<TFloat32> rows(Ops tf, Operand<TFloat32> tokens, int dim) {
    Operand<TFloat32> rows = tf.reshape(tokens, tf.constant(new int[] {-1, dim}));
    return tf.gather(rows, places, zero(tf));
  }

  private static Operand<TFloat32> flat(Ops tf, Operand<TFloat32> x) {
    return tf.reshape(x, tf.constant(new int[] {-1}));
  }

  private static Operand<TInt32> zero(Ops tf) {
    return tf.constant(0);
  }
}
