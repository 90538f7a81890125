package org.dinojvm.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of which a few kilobytes are expected and anything may be found. */
public final class SmallFiles {
  private static final int MAX_BYTES = 16 << 20;

  private SmallFiles() {}

  /**
   * The bytes of a file.
   *
   * @throws IOException also if it is a pipe or a device, which might never end, or over 16 MiB
   */
  public static byte[] read(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException("not a regular file");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(
          "%d bytes, over the limit of %d".formatted(Files.size(file), MAX_BYTES));
    }
    return Files.readAllBytes(file);
  }
}
