package org.dinojvm.data;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * What happens to n crops of one size after they were cut out.
 *
 * @param jitterOrder [n] order of the colour jitter, {@link ColorJitter#order}
 * @param jitterFactors [n, 4] brightness, contrast, saturation and hue
 * @param grayscale [n] 1 to make grey, else 0
 * @param blurRadius [n] in pixels, 0 for no blur
 * @param solarize [n] 1 to solarize, else 0
 */
record ViewParameters(
    Operand<TFloat32> jitterOrder,
    Operand<TFloat32> jitterFactors,
    Operand<TFloat32> grayscale,
    Operand<TFloat32> blurRadius,
    Operand<TFloat32> solarize) {

  /**
   * Augments crops in the published order: colour jitter, grey, blur, solarize. One after the
   * other, so that each costs only what happens to it, and stays in the cache meanwhile. Needs
   * {@link Compiled}.
   *
   * @param crops [3, n, S, S]
   * @param largestBlur what no blur radius exceeds
   */
  Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crops, float largestBlur) {
    Shape shape = crops.shape();
    int count = (int) shape.get(1);
    int[] one = {3, 1, (int) shape.get(2), (int) shape.get(3)};
    return Compiled.loop(
        tf,
        tf.constant(count),
        crops,
        ImmutableList.of(jitterOrder, jitterFactors, grayscale, blurRadius, solarize),
        (ops, i, all, numbers) -> {
          Operand<TInt32> zero = ops.constant(0);
          Operand<TInt32> start = ops.stack(ImmutableList.of(zero, i, zero, zero));
          Operand<TFloat32> crop = ops.slice(all, start, ops.constant(one));
          List<Operand<TFloat32>> own =
              numbers.stream()
                  .<Operand<TFloat32>>map(each -> ops.gather(each, i, ops.constant(0)))
                  .toList();
          return Compiled.put(ops, all, applyToOne(ops, crop, own, largestBlur), start);
        });
  }

  private static Operand<TFloat32> applyToOne(
      Ops tf, Operand<TFloat32> crop, List<Operand<TFloat32>> own, float largestBlur) {
    Operand<TFloat32> jittered = ColorJitter.apply(tf, crop, own.get(0), own.get(1));
    Operand<TFloat32> grayed =
        Compiled.when(
            tf,
            happens(tf, own.get(2)),
            jittered,
            ImmutableList.of(),
            (ops, x, unused) -> Augmentations.grayscale(ops, x));
    Operand<TFloat32> blurred =
        Compiled.when(
            tf,
            happens(tf, own.get(3)),
            grayed,
            ImmutableList.of(own.get(3)),
            (ops, x, radius) ->
                Augmentations.gaussianBlur(
                    ops,
                    x,
                    ops.reshape(radius.get(0), ops.constant(new int[] {1, 1, 1})),
                    largestBlur));
    return Compiled.when(
        tf,
        happens(tf, own.get(4)),
        blurred,
        ImmutableList.of(),
        (ops, x, unused) -> Augmentations.solarize(ops, x));
  }

  private static Operand<TInt32> happens(Ops tf, Operand<TFloat32> number) {
    return tf.dtypes.cast(tf.math.greater(number, tf.constant(0f)), TInt32.class);
  }
}
