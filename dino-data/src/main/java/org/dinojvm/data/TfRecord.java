package org.dinojvm.data;

import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The framing of TensorFlow's record files (tensorflow/core/lib/io/record_writer.h): length, masked
 * CRC-32C of the length, data, masked CRC-32C of the data; little-endian.
 */
public final class TfRecord {

  /** From tensorflow/core/lib/hash/crc32c.h: a CRC over data that holds CRCs is a weak one. */
  private static final int MASK_DELTA = 0xa282ead8;

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

  private static int maskedCrc(byte[] bytes, int length) {
    int crc = Hashing.crc32c().hashBytes(bytes, 0, length).asInt();
    return Integer.rotateRight(crc, 15) + MASK_DELTA;
  }
}
