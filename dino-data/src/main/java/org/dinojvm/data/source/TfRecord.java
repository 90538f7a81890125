package org.dinojvm.data.source;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * The framing of TensorFlow's record files (tensorflow/core/lib/io/record_writer.h): length, masked
 * CRC-32C of the length, data, masked CRC-32C of the data; little-endian.
 */
public final class TfRecord {

  /** From tensorflow/core/lib/hash/crc32c.h: a CRC over data that holds CRCs is a weak one. */
  private static final int MASK_DELTA = 0xa282ead8;

  /** What precedes a record's data: its length and that length's checksum. */
  static final int HEADER = Long.BYTES + Integer.BYTES;

  private TfRecord() {}

  /** The bytes of one record of a file. */
  public static byte[] framed(byte[] data) {
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length);
    record.putInt(maskedCrc(record.array(), Long.BYTES));
    record.put(data);
    record.putInt(maskedCrc(data, data.length));
    return record.array();
  }

  /**
   * Reads the record that begins here and moves behind it.
   *
   * @return empty at the file's end
   * @throws IllegalArgumentException if the file is damaged from here on
   */
  static Optional<byte[]> read(FileChannel file) throws IOException {
    long left = file.size() - file.position();
    if (left == 0) {
      return Optional.empty();
    }
    checkArgument(left >= HEADER + Integer.BYTES, "ends in the middle of a record");
    byte[] start = fill(file, HEADER);
    ByteBuffer header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    long length = header.getLong();
    checkArgument(
        header.getInt() == maskedCrc(start, Long.BYTES),
        "no TFRecord file, or damaged: the checksum of a record's length is wrong");
    checkArgument(
        length >= 0 && length <= left - HEADER - Integer.BYTES, "ends in the middle of a record");
    checkArgument(length <= Integer.MAX_VALUE - 8, "a record is larger than 2 GiB");
    byte[] data = fill(file, (int) length);
    checkArgument(
        ByteBuffer.wrap(fill(file, Integer.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getInt()
            == maskedCrc(data, data.length),
        "damaged: the checksum of a record is wrong");
    return Optional.of(data);
  }

  private static byte[] fill(FileChannel file, int length) throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      checkArgument(file.read(buffer) >= 0, "ends in the middle of a record");
    }
    return bytes;
  }

  private static int maskedCrc(byte[] bytes, int length) {
    int crc = Hashing.crc32c().hashBytes(bytes, 0, length).asInt();
    return Integer.rotateRight(crc, 15) + MASK_DELTA;
  }
}
