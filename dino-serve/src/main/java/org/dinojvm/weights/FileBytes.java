package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;

/**
 * The bytes of a file, read where they are asked for. They are not mapped: pages of a mapping stay
 * in memory until the collector finds it, so that an import would take the file's size twice.
 */
public final class FileBytes {

  /** The way out where a file is not whole. */
  static final String TAKE_ANEW = "take it anew from where it was published";

  /** Java keeps a native buffer as large as the largest read. */
  private static final int LARGEST_READ = 1 << 20;

  private final long size;
  private final LazyBytes.Source source;

  private FileBytes(long size, LazyBytes.Source source) {
    this.size = size;
    this.source = source;
  }

  /** A file's content, which must not change. */
  public static FileBytes of(ByteBuffer bytes) {
    ByteBuffer all = bytes.slice();
    return new FileBytes(all.capacity(), (offset, length) -> all.slice((int) offset, length));
  }

  /**
   * Reads a file; an IllegalArgumentException of the parser gets the file's name in front.
   *
   * @param parser may keep {@linkplain #part parts}, which are read when they are used
   */
  public static <T> T parse(Path file, Function<FileBytes, T> parser) {
    checkArgument(Files.exists(file), "%s: no such file", file);
    checkArgument(Files.isRegularFile(file), "%s: not a regular file", file);
    try {
      return parser.apply(
          new FileBytes(Files.size(file), (offset, length) -> read(file, offset, length)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw cannotRead(file, e);
    }
  }

  private static ByteBuffer read(Path file, long offset, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (bytes.position() < length) {
        bytes.limit(Math.min(length, bytes.position() + LARGEST_READ));
        int read = channel.read(bytes, offset + bytes.position());
        checkArgument(read >= 0, "the file has become shorter since it was opened; read it again");
      }
    } catch (IOException e) {
      throw cannotRead(file, e);
    }
    return bytes.flip();
  }

  private static UncheckedIOException cannotRead(Path file, IOException e) {
    return new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
  }

  public long size() {
    return size;
  }

  /** Part of the file as a read-only little-endian buffer. */
  public ByteBuffer slice(long offset, long length) {
    return part(offset, length).read();
  }

  /** Part of the file that is read when it is used. */
  public LazyBytes part(long offset, long length) {
    checkArgument(
        0 <= offset && 0 <= length && offset <= size && length <= size - offset,
        "truncated or damaged: %s bytes are expected at byte %s, the file has %s; %s",
        length,
        offset,
        size,
        TAKE_ANEW);
    checkArgument(
        length <= Integer.MAX_VALUE, "a part of %s bytes is over the limit of 2 GiB", length);
    return new LazyBytes(source, offset, (int) length);
  }

  /** The bytes from an offset to the end, but at most so many. */
  public ByteBuffer sliceUpTo(long offset, long maxLength) {
    return slice(offset, Math.min(maxLength, size - offset));
  }
}
