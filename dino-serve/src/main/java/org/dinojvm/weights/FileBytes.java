package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;

/** The bytes of a file, mapped and not copied; files over 2 GiB are mapped part by part. */
public final class FileBytes {
  private final long size;
  private final Mapping mapping;

  private FileBytes(long size, Mapping mapping) {
    this.size = size;
    this.mapping = mapping;
  }

  private interface Mapping {
    ByteBuffer map(long offset, int length) throws IOException;
  }

  public static FileBytes of(ByteBuffer bytes) {
    return new FileBytes(bytes.remaining(), (offset, length) -> bytes.slice((int) offset, length));
  }

  /**
   * Reads a file; an IllegalArgumentException of the parser gets the file's name in front.
   *
   * @param parser may keep slices, but must not call {@link #slice} after it has returned
   */
  public static <T> T parse(Path file, Function<FileBytes, T> parser) {
    checkArgument(Files.exists(file), "%s: no such file", file);
    checkArgument(Files.isRegularFile(file), "%s: not a regular file", file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return parser.apply(of(channel));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static FileBytes of(FileChannel channel) throws IOException {
    long size = channel.size();
    return size <= Integer.MAX_VALUE
        ? of(channel.map(MapMode.READ_ONLY, 0, size))
        : new FileBytes(size, (offset, length) -> channel.map(MapMode.READ_ONLY, offset, length));
  }

  public long size() {
    return size;
  }

  /** Part of the file as a read-only little-endian buffer. */
  public ByteBuffer slice(long offset, long length) {
    checkArgument(
        0 <= offset && 0 <= length && offset <= size && length <= size - offset,
        "truncated or damaged: %s bytes are expected at byte %s, the file has %s",
        length,
        offset,
        size);
    checkArgument(
        length <= Integer.MAX_VALUE, "a part of %s bytes is over the limit of 2 GiB", length);
    try {
      return mapping.map(offset, (int) length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot be mapped: " + e.getMessage(), e);
    }
  }

  /** The bytes from an offset to the end, but at most so many. */
  public ByteBuffer sliceUpTo(long offset, long maxLength) {
    return slice(offset, Math.min(maxLength, size - offset));
  }
}
