package org.dinojvm.explore.index;

import com.google.common.collect.ImmutableList;

/**
 * Pictures and their features, in memory.
 *
 * @param pictures N
 * @param vectors [N, D], each of length 1; not to be changed
 */
public record PictureVectors(ImmutableList<IndexedPicture> pictures, float[][] vectors) {

  /** Number of pictures. */
  public int size() {
    return vectors.length;
  }
}
