package org.dinojvm.explore.report;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** Numbers as the page reads them: little-endian arrays of one type, in base64. */
final class Packed {

  private Packed() {}

  /** Bytes, signed or not. */
  static String bytes(byte[] values) {
    return Base64.getEncoder().encodeToString(values);
  }

  /** Whole numbers of 0 to 65535. */
  static String shorts(int[] values) {
    byte[] bytes = new byte[2 * values.length];
    ByteBuffer buffer = over(bytes);
    for (int value : values) {
      buffer.putShort((short) value);
    }
    return bytes(bytes);
  }

  /** Rows one after the other, as 32-bit integers. */
  static String integers(int[][] rows, int width) {
    byte[] bytes = new byte[4 * rows.length * width];
    ByteBuffer buffer = over(bytes);
    for (int[] row : rows) {
      for (int i = 0; i < width; i++) {
        buffer.putInt(row[i]);
      }
    }
    return bytes(bytes);
  }

  /** Rows one after the other, as 32-bit floats. */
  static String floats(float[][] rows, int width) {
    byte[] bytes = new byte[4 * rows.length * width];
    ByteBuffer buffer = over(bytes);
    for (float[] row : rows) {
      for (int i = 0; i < width; i++) {
        buffer.putFloat(row[i]);
      }
    }
    return bytes(bytes);
  }

  private static ByteBuffer over(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
