package org.dinojvm.data;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * What happens to n crops of one size after they were cut out.
 *
 * @param jitterOrder [n] order of the colour jitter, {@link ColorJitter#order}
 * @param jitterFactors [n, 4] brightness, contrast, saturation and hue
 * @param flip [n, 1, 1] 1 to mirror, else 0
 * @param grayscale [n, 1, 1] 1 to make grey, else 0
 * @param blurRadius [n, 1, 1] in pixels, 0 for no blur
 * @param solarize [n, 1, 1] 1 to solarize, else 0
 */
public record ViewParameters(
    Operand<TInt32> jitterOrder,
    Operand<TFloat32> jitterFactors,
    Operand<TFloat32> flip,
    Operand<TFloat32> grayscale,
    Operand<TFloat32> blurRadius,
    Operand<TFloat32> solarize) {

  /**
   * Augments crops in the published order: flip, colour jitter, grey, blur, solarize.
   *
   * @param crops [3, n, S, S]
   * @param largestBlur what no blur radius exceeds
   */
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> crops, float largestBlur) {
    Operand<TFloat32> flipped = Augmentations.where(tf, flip, Augmentations.flip(tf, crops), crops);
    Operand<TFloat32> jittered = ColorJitter.apply(tf, flipped, jitterOrder, jitterFactors);
    Operand<TFloat32> grayed =
        Augmentations.where(tf, grayscale, Augmentations.luma(tf, jittered), jittered);
    Operand<TFloat32> blurred = Augmentations.gaussianBlur(tf, grayed, blurRadius, largestBlur);
    return Augmentations.where(tf, solarize, Augmentations.solarize(tf, blurred), blurred);
  }
}
