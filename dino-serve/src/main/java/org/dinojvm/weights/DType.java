package org.dinojvm.weights;

import com.google.common.base.Joiner;
import java.nio.ByteBuffer;

/** Element types of stored tensors, by their safetensors names; all little-endian. */
public enum DType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U8(1),
  BOOL(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element. */
  public int bytes() {
    return bytes;
  }

  /** The type of that name, e.g. {@code F32}. */
  public static DType named(String name) {
    for (DType dtype : values()) {
      if (dtype.name().equals(name)) {
        return dtype;
      }
    }
    throw new IllegalArgumentException(
        "unknown dtype '%s'; known are %s"
            .formatted(Messages.printable(name), Joiner.on(", ").join(values())));
  }

  /** The element at a byte position; exact, except for I64 beyond 2⁵³. */
  public double readDouble(ByteBuffer data, int position) {
    return switch (this) {
      case F64 -> data.getDouble(position);
      case F32 -> data.getFloat(position);
      case F16 -> halfToFloat(data.getShort(position));
      case BF16 -> Float.intBitsToFloat(data.getShort(position) << 16);
      case I64, I32, I16, I8, U8, BOOL -> readLong(data, position);
    };
  }

  /** The integer at a byte position; BOOL gives 0 or 1. */
  public long readLong(ByteBuffer data, int position) {
    return switch (this) {
      case I64 -> data.getLong(position);
      case I32 -> data.getInt(position);
      case I16 -> data.getShort(position);
      case I8 -> data.get(position);
      case U8 -> Byte.toUnsignedLong(data.get(position));
      case BOOL -> data.get(position) == 0 ? 0 : 1;
      case F64, F32, F16, BF16 ->
          throw new IllegalArgumentException(
              this + " elements are not integers; read them as floats");
    };
  }

  /** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
  private static float halfToFloat(short half) {
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    float magnitude =
        switch (exponent) {
          case 0 -> fraction * 0x1p-24f;
          case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Float.intBitsToFloat((exponent + 112) << 23 | fraction << 13);
        };
    return half < 0 ? -magnitude : magnitude;
  }
}
