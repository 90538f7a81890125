package org.dinojvm.explore.curate;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.Random;
import org.apache.lucene.util.VectorUtil;
import org.dinojvm.data.source.Progress;

/**
 * Few pictures that stand for many: farthest-point traversal (Gonzalez 1985), each next one is
 * farthest from all before. At most twice as far from any picture as the best choice could be.
 */
public final class DiverseSubset {

  private DiverseSubset() {}

  /**
   * Chooses.
   *
   * @param vectors [N, D], of length 1
   * @param count how many, at most N
   * @param seed of the first one
   * @param progress hears how many are chosen; may cancel
   * @return their numbers, in the order in which they were chosen
   */
  public static int[] of(float[][] vectors, int count, long seed, Progress progress) {
    checkArgument(
        count >= 1 && count <= vectors.length,
        "a subset of %s of %s pictures: 1 to %s are possible",
        count,
        vectors.length,
        vectors.length);
    int[] chosen = new int[count];
    float[] similarity = new float[vectors.length]; // to the nearest that was chosen
    Arrays.fill(similarity, Float.NEGATIVE_INFINITY);
    int next = new Random(seed).nextInt(vectors.length);
    for (int i = 0; i < count; i++) {
      chosen[i] = next;
      float[] center = vectors[next];
      for (int row = 0; row < vectors.length; row++) {
        similarity[row] = Math.max(similarity[row], VectorUtil.dotProduct(vectors[row], center));
      }
      similarity[next] = Float.POSITIVE_INFINITY;
      next = farthest(similarity);
      progress.report(i + 1, count);
    }
    return chosen;
  }

  private static int farthest(float[] similarity) {
    int farthest = 0;
    for (int row = 1; row < similarity.length; row++) {
      farthest = similarity[row] < similarity[farthest] ? row : farthest;
    }
    return farthest;
  }
}
