package org.dinojvm.eval.video;

import static org.dinojvm.settings.Rules.atLeast;
import static org.dinojvm.settings.Rules.positive;

/**
 * How labels are propagated (published {@code eval_video_segmentation.py}).
 *
 * @param lastFrames results that a frame is seen beside, besides the first frame
 * @param radius how far a patch may have moved along either axis, in patches; 0 for any distance
 * @param topK similarities that count for each patch, over all frames together
 * @param temperature a similarity is exp(cosine / temperature)
 */
public record PropagationSettings(int lastFrames, int radius, int topK, double temperature) {

  /** Checks each value; the first that breaks a rule is an {@link IllegalArgumentException}. */
  public PropagationSettings {
    atLeast("n_last_frames", lastFrames, 0);
    atLeast("size_mask_neighborhood", radius, 0);
    atLeast("topk", topK, 1);
    positive("temperature", temperature);
  }

  /**
   * Whether a patch may have come from another one.
   *
   * @param dy distance in rows
   * @param dx distance in columns
   */
  public boolean reaches(int dy, int dx) {
    return radius == 0 || (Math.abs(dy) <= radius && Math.abs(dx) <= radius);
  }
}
