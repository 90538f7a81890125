package org.dinojvm.data.source;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How many pictures a folder has and how large they are, about, from the headers of some of them:
 * seconds for a folder that takes an hour to decode.
 *
 * @param pictures files that are pictures, estimated by the share of them in the sample
 * @param shorterSide median of the sample's shorter sides, in pixels
 */
public record FolderSurvey(long pictures, int shorterSide) {

  private static final int SAMPLE = 500;

  /** A header stands in the first bytes, behind a thumbnail at most. */
  private static final int HEADER_BYTES = 1 << 18;

  /**
   * Looks at a folder, at any depth. The same files give the same answer.
   *
   * @throws IllegalArgumentException if there is no such folder or no picture in the sample
   */
  public static FolderSurvey of(Path root) throws IOException {
    checkArgument(
        Files.isDirectory(root),
        "no such folder: %s; give the folder that the pictures are in",
        root);
    List<Path> files = FolderScan.files(root);
    int count = Math.min(SAMPLE, files.size());
    List<Integer> sides = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      header(files.get((int) ((long) files.size() * i / count)))
          .ifPresent(header -> sides.add(Math.min(header.width(), header.height())));
    }
    checkArgument(!sides.isEmpty(), "no picture among %s files looked at in %s", count, root);
    sides.sort(null);
    long pictures = Math.round((double) files.size() * sides.size() / count);
    return new FolderSurvey(pictures, sides.get(sides.size() / 2));
  }

  private static Optional<PictureHeader> header(Path file) {
    try {
      byte[] bytes = RegularFiles.start(file, HEADER_BYTES);
      return PictureHeader.sniff(bytes).flatMap(format -> PictureHeader.read(format, bytes));
    } catch (IOException e) {
      return Optional.empty(); // training skips it, too, and says why
    }
  }
}
