package org.dinojvm.weights;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import java.util.zip.CRC32;

/**
 * Bytes that are read each time that they are asked for, so that a network's weights need not be in
 * memory together: a part of a file, or of memory.
 */
public final class LazyBytes {

  private static final int CHUNK = 1 << 20;

  /** What the bytes are a part of. */
  @FunctionalInterface
  interface Source {

    /** Some of it, as a buffer from position 0. */
    ByteBuffer read(long offset, int length);
  }

  private final Source source;
  private final long offset;
  private final int size;

  LazyBytes(Source source, long offset, int size) {
    this.source = source;
    this.offset = offset;
    this.size = size;
  }

  /** The rest of a buffer, which is not copied and must not change. */
  public static LazyBytes of(ByteBuffer bytes) {
    ByteBuffer all = bytes.slice();
    return new LazyBytes((offset, length) -> all.slice((int) offset, length), 0, all.capacity());
  }

  /**
   * Bytes that are made when they are asked for.
   *
   * @param maker gives them, equal each time, as a buffer from position 0
   */
  public static LazyBytes of(int size, Supplier<ByteBuffer> maker) {
    return new LazyBytes((offset, length) -> maker.get().slice((int) offset, length), 0, size);
  }

  public int size() {
    return size;
  }

  /** The bytes, read-only and little-endian, from position 0. */
  public ByteBuffer read() {
    return source.read(offset, size).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A part of these bytes; reads nothing. */
  public LazyBytes slice(int start, int length) {
    checkArgument(
        0 <= start && 0 <= length && length <= size - start,
        "bytes %s to %s of %s",
        start,
        start + (long) length,
        size);
    return new LazyBytes(source, offset + start, length);
  }

  /** Their checksum, for which they are not in memory together. */
  public int crc32() {
    CRC32 crc = new CRC32();
    for (int start = 0; start < size; start += CHUNK) {
      crc.update(source.read(offset + start, Math.min(CHUNK, size - start)));
    }
    return (int) crc.getValue();
  }
}
