package org.dinojvm.data.augment;

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
   * Augments crops in the published order: colour jitter, grey, blur, solarize; then normalises.
   * One after the other, so that each costs only what happens to it, and stays in the cache
   * meanwhile. Needs {@link Compiled}.
   *
   * @param resized [n, S, 3, S] from {@link Resampling#crops}
   * @param crops strengths, mean and std
   * @return [n, S, S, 3]
   */
  Operand<TFloat32> views(Ops tf, Operand<TFloat32> resized, MultiCrop crops) {
    int count = (int) resized.shape().get(0);
    int size = (int) resized.shape().get(1);
    Operand<TFloat32> views =
        tf.zeros(tf.constant(new int[] {count, size, size, 3}), TFloat32.class);
    return Compiled.loop(
        tf,
        tf.constant(count),
        tf.ensureShape(views, Shape.of(count, size, size, 3)),
        ImmutableList.of(resized, jitterOrder, jitterFactors, grayscale, blurRadius, solarize),
        (ops, i, all, numbers) -> {
          Operand<TInt32> zero = ops.constant(0);
          Operand<TInt32> start = ops.stack(ImmutableList.of(i, zero, zero, zero));
          Operand<TFloat32> one =
              ops.slice(numbers.get(0), start, ops.constant(new int[] {1, size, 3, size}));
          Operand<TFloat32> planes = // [3, 1, S, S]
              ImageOps.bytes(ops, ops.linalg.transpose(one, ops.constant(new int[] {2, 0, 1, 3})));
          List<Operand<TFloat32>> own =
              numbers.subList(1, numbers.size()).stream()
                  .<Operand<TFloat32>>map(each -> ops.gather(each, i, ops.constant(0)))
                  .toList();
          Operand<TFloat32> view =
              ImageOps.normalize(
                  ops,
                  applyToOne(ops, planes, own, crops.blurRadius().high()),
                  crops.mean(),
                  crops.std());
          return Compiled.put(
              ops, all, ops.linalg.transpose(view, ops.constant(new int[] {1, 2, 3, 0})), start);
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
            (ops, x, unused) -> ImageOps.grayscale(ops, x));
    Operand<TFloat32> blurred =
        Compiled.when(
            tf,
            happens(tf, own.get(3)),
            grayed,
            ImmutableList.of(own.get(3)),
            (ops, x, radius) ->
                ImageOps.gaussianBlur(
                    ops,
                    x,
                    ops.reshape(radius.get(0), ops.constant(new int[] {1, 1, 1})),
                    largestBlur));
    return Compiled.when(
        tf,
        happens(tf, own.get(4)),
        blurred,
        ImmutableList.of(),
        (ops, x, unused) -> ImageOps.solarize(ops, x));
  }

  private static Operand<TInt32> happens(Ops tf, Operand<TFloat32> number) {
    return tf.dtypes.cast(tf.math.greater(number, tf.constant(0f)), TInt32.class);
  }
}
