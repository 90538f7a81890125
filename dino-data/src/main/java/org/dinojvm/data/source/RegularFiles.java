package org.dinojvm.data.source;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * Reads files, and nothing that might never end. The kind is checked before a file is opened; if a
 * named pipe takes its place between the two, {@link BlockedReads} ends the wait. No more is read
 * than the opened file's size, which is 0 for pipes and devices.
 */
final class RegularFiles {

  private RegularFiles() {}

  /**
   * Opens a file for reading.
   *
   * @throws UnusableFileException if it is a folder, a pipe, a device or a socket
   */
  static FileChannel open(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new UnusableFileException(
          file, attributes.isDirectory() ? "a folder" : "no regular file");
    }
    return new BlockedReads(List.of(file), warning -> {}).run(() -> FileChannel.open(file));
  }

  /** All bytes of a file. */
  static byte[] read(Path file) throws IOException {
    try (FileChannel channel = open(file)) {
      if (channel.size() > Integer.MAX_VALUE - 8) {
        throw new UnusableFileException(file, "larger than 2 GiB");
      }
      return read(file, channel, 0, (int) channel.size());
    }
  }

  /** The first bytes of a file: as many as asked for, or all. */
  static byte[] start(Path file, int most) throws IOException {
    try (FileChannel channel = open(file)) {
      return read(file, channel, 0, (int) Math.min(most, channel.size()));
    }
  }

  /** Some bytes of a file. */
  static byte[] read(Path file, long position, int length) throws IOException {
    try (FileChannel channel = open(file)) {
      return read(file, channel, position, length);
    }
  }

  private static byte[] read(Path file, FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new EOFException(file + " has become shorter");
      }
    }
    return bytes.array();
  }
}
