package org.dinojvm.explore.index;

import com.google.common.collect.ImmutableList;
import org.dinojvm.data.source.ImageFolder.SkippedFile;

/**
 * What an update did.
 *
 * @param added pictures that were not in the index
 * @param changed pictures whose content is another now
 * @param unchanged pictures that were not embedded again
 * @param removed pictures that are gone from the data
 * @param unreadable pictures that could be read by the scan, but not any more
 */
public record IndexChanges(
    int added, int changed, int unchanged, int removed, ImmutableList<SkippedFile> unreadable) {

  /** Pictures in the index afterwards. */
  public int size() {
    return added + changed + unchanged;
  }
}
