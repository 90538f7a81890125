package org.dinojvm.files;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file that grows by whole records: what a failed attempt has written of one is overwritten by
 * the next attempt. It is opened anew for each, for its folder may have been away in between.
 */
public final class AppendedFile {

  private final Path file;
  private long end;

  /**
   * A file, new or to be appended to.
   *
   * @param end bytes of it that are whole records; what follows them is cut off
   */
  public AppendedFile(Path file, long end) {
    this.file = file;
    this.end = end;
  }

  /** Whether nothing has been written to it. */
  public boolean isEmpty() {
    return end == 0;
  }

  /**
   * Appends records.
   *
   * @throws IOException if they cannot be written; the file then counts as it was before
   */
  public void append(byte[] records) throws IOException {
    try (FileChannel channel = FileChannel.open(file, CREATE, WRITE)) {
      channel.truncate(end);
      channel.position(channel.size());
      ByteBuffer bytes = ByteBuffer.wrap(records);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      end = channel.position();
    }
  }
}
