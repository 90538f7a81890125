package org.dinojvm.weights.torch;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dinojvm.weights.FileBytes;
import org.dinojvm.weights.LazyBytes;
import org.dinojvm.weights.Messages;

/**
 * A zip file whose entries are stored uncompressed, so that they can be read where they lie; {@code
 * torch.save} writes such files, with zip64 records for large ones. java.util.zip reads streams
 * only, and does not hold stored entries against their checksums.
 */
final class StoredZip {
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END64_SIGNATURE = 0x06064b50;
  private static final int END64_LOCATOR_SIGNATURE = 0x07064b50;
  private static final int DIRECTORY_SIGNATURE = 0x02014b50;
  private static final int LOCAL_SIGNATURE = 0x04034b50;

  private static final int END_SIZE = 22;
  private static final int END64_SIZE = 56;
  private static final int END64_LOCATOR_SIZE = 20;
  private static final int LOCAL_SIZE = 30;
  private static final int MAX_COMMENT = 0xffff;
  private static final long MAX_DIRECTORY = 64 << 20;
  private static final long IN_ZIP64 = 0xffffffffL;
  private static final int ZIP64_EXTRA = 1;

  private record Entry(String name, int method, int flags, int crc, long size, long offset) {}

  /** Where the list of entries lies. */
  private record Directory(long offset, long size) {}

  private final FileBytes file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private long bytesRead;

  StoredZip(FileBytes file) {
    this.file = file;
    Directory directory = findDirectory();
    checkArgument(
        directory.size <= MAX_DIRECTORY, "the zip directory takes %s bytes", directory.size);
    ByteBuffer in = file.slice(directory.offset, directory.size);
    while (in.hasRemaining()) {
      Entry entry = readEntry(in);
      checkArgument(
          entries.put(entry.name, entry) == null,
          "the zip holds %s twice",
          Messages.printable(entry.name));
    }
  }

  Set<String> names() {
    return entries.keySet();
  }

  /** The bytes of an entry, held against its checksum; empty if there is none of that name. */
  Optional<LazyBytes> find(String name) {
    return Optional.ofNullable(entries.get(name)).map(this::read);
  }

  /** The bytes of an entry that must be there. */
  LazyBytes get(String name) {
    return find(name)
        .orElseThrow(
            () -> new IllegalArgumentException("the zip has no " + Messages.printable(name)));
  }

  private LazyBytes read(Entry entry) {
    String name = Messages.printable(entry.name);
    checkArgument(
        entry.method == 0 && (entry.flags & 1) == 0,
        "%s is compressed or encrypted; torch stores it as it is, so save the file again",
        name);
    ByteBuffer local = file.slice(entry.offset, LOCAL_SIZE);
    checkArgument(
        local.getInt(0) == LOCAL_SIGNATURE, "damaged: %s is not where the zip says", name);
    long start =
        entry.offset
            + LOCAL_SIZE
            + Short.toUnsignedInt(local.getShort(26))
            + Short.toUnsignedInt(local.getShort(28));
    LazyBytes data = file.part(start, entry.size);
    bytesRead += entry.size;
    checkArgument(bytesRead <= file.size(), "damaged: entries of the zip overlap");
    checkArgument(
        data.crc32() == entry.crc,
        "damaged: %s fails its checksum; take the file anew from where it was published",
        name);
    return data;
  }

  private Directory findDirectory() {
    long tailStart = Math.max(0, file.size() - END_SIZE - MAX_COMMENT);
    ByteBuffer tail = file.slice(tailStart, file.size() - tailStart);
    for (int i = tail.remaining() - END_SIZE; i >= 0; i--) {
      boolean isEnd =
          tail.getInt(i) == END_SIGNATURE
              && Short.toUnsignedInt(tail.getShort(i + 20)) == tail.remaining() - END_SIZE - i;
      if (isEnd) {
        return directory(tail, tailStart, i);
      }
    }
    throw new IllegalArgumentException(
        "truncated or damaged: a zip ends with a list of its entries, which is missing; take the file"
            + " anew from where it was published");
  }

  private Directory directory(ByteBuffer tail, long tailStart, int end) {
    long size = Integer.toUnsignedLong(tail.getInt(end + 12));
    long offset = Integer.toUnsignedLong(tail.getInt(end + 16));
    if (size != IN_ZIP64 && offset != IN_ZIP64) {
      return new Directory(offset, size);
    }
    ByteBuffer locator = file.slice(tailStart + end - END64_LOCATOR_SIZE, END64_LOCATOR_SIZE);
    checkArgument(
        locator.getInt(0) == END64_LOCATOR_SIGNATURE, "damaged: the zip64 locator is missing");
    ByteBuffer end64 = file.slice(locator.getLong(8), END64_SIZE);
    checkArgument(end64.getInt(0) == END64_SIGNATURE, "damaged: the zip64 record is missing");
    return new Directory(end64.getLong(48), end64.getLong(40));
  }

  /** Reads one entry of the directory and leaves the buffer behind it. */
  private static Entry readEntry(ByteBuffer in) {
    checkArgument(
        in.remaining() >= 46 && in.getInt(in.position()) == DIRECTORY_SIGNATURE,
        "damaged: the zip's list of entries breaks off");
    int start = in.position();
    int nameLength = Short.toUnsignedInt(in.getShort(start + 28));
    int extraLength = Short.toUnsignedInt(in.getShort(start + 30));
    int commentLength = Short.toUnsignedInt(in.getShort(start + 32));
    int end = start + 46 + nameLength + extraLength + commentLength;
    checkArgument(end <= in.limit(), "damaged: the zip's list of entries breaks off");

    ByteBuffer extra = zip64Extra(in, start + 46 + nameLength, extraLength);
    long size = wide(in.getInt(start + 24), extra);
    long storedSize = wide(in.getInt(start + 20), extra);
    long offset = wide(in.getInt(start + 42), extra);
    byte[] name = new byte[nameLength];
    in.get(start + 46, name);
    in.position(end);
    int method = in.getShort(start + 10);
    checkArgument(method != 0 || size == storedSize, "damaged: the sizes of a zip entry disagree");
    return new Entry(
        new String(name, StandardCharsets.UTF_8),
        method,
        in.getShort(start + 8),
        in.getInt(start + 16),
        size,
        offset);
  }

  /** A 32-bit field, or the next 64-bit one of the zip64 extra if it did not fit. */
  private static long wide(int field, ByteBuffer zip64) {
    long value = Integer.toUnsignedLong(field);
    if (value != IN_ZIP64) {
      return value;
    }
    checkArgument(zip64.remaining() >= Long.BYTES, "damaged: a zip64 size is missing");
    return zip64.getLong();
  }

  /** The zip64 part of an entry's extra fields; empty if there is none. */
  private static ByteBuffer zip64Extra(ByteBuffer in, int start, int length) {
    int position = start;
    while (position + 4 <= start + length) {
      int id = Short.toUnsignedInt(in.getShort(position));
      int size = Short.toUnsignedInt(in.getShort(position + 2));
      position += 4;
      if (id == ZIP64_EXTRA && position + size <= start + length) {
        return in.slice(position, size).order(in.order());
      }
      position += size;
    }
    return ByteBuffer.allocate(0);
  }
}
