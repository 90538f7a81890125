package org.dinojvm.data.source;

import com.google.common.primitives.Bytes;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The format and size of a picture as its first bytes tell them, read without decoding: so that a
 * picture with too many pixels is refused before it takes the memory.
 */
public record PictureHeader(Format format, int width, int height) {

  /** The formats that TensorFlow decodes. */
  public enum Format {
    JPEG,
    PNG,
    GIF,
    BMP
  }

  private static final int JPEG_START = 0xFFD8FF;
  private static final byte[] JPEG_END = {(byte) 0xFF, (byte) 0xD9};
  private static final int PNG_START = 0x89504E47;
  private static final int GIF_START = 0x474946;
  private static final int BMP_START = 0x424D;

  /** Width times height. */
  public long pixels() {
    return (long) width * height;
  }

  /**
   * Reads the header of a file, whatever its name.
   *
   * @return empty if it is none of the four formats, cut short or makes no sense
   */
  public static Optional<PictureHeader> of(byte[] file) {
    return sniff(file).flatMap(format -> read(format, file));
  }

  /** The format by its first bytes, whatever the file's name; empty if it is none of the four. */
  static Optional<Format> sniff(byte[] bytes) {
    if (bytes.length < 4) {
      return Optional.empty();
    }
    int start = ByteBuffer.wrap(bytes).getInt();
    if (start >>> 8 == JPEG_START) {
      return Optional.of(Format.JPEG);
    }
    if (start == PNG_START) {
      return Optional.of(Format.PNG);
    }
    if (start >>> 8 == GIF_START) {
      return Optional.of(Format.GIF);
    }
    return start >>> 16 == BMP_START ? Optional.of(Format.BMP) : Optional.empty();
  }

  /** Reads the size; empty if the header is cut short or makes no sense. */
  static Optional<PictureHeader> read(Format format, byte[] bytes) {
    try {
      PictureHeader header =
          switch (format) {
            case JPEG -> jpeg(ByteBuffer.wrap(bytes));
            case PNG -> png(ByteBuffer.wrap(bytes));
            case GIF -> gif(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
            case BMP -> bmp(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
          };
      return Optional.of(header).filter(h -> h.width > 0 && h.height > 0);
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Walks the segments to the frame header, ITU T.81 B.2.2. */
  private static PictureHeader jpeg(ByteBuffer in) {
    in.position(2);
    while (true) {
      int marker = nextMarker(in);
      boolean standsAlone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
      if (standsAlone) {
        continue;
      }
      int segment = in.position();
      int length = Short.toUnsignedInt(in.getShort());
      if (isFrame(marker)) {
        int height = Short.toUnsignedInt(in.getShort(segment + 3));
        int width = Short.toUnsignedInt(in.getShort(segment + 5));
        return new PictureHeader(Format.JPEG, width, height);
      }
      in.position(segment + length);
    }
  }

  /** The next byte that is not FF behind an FF. */
  private static int nextMarker(ByteBuffer in) {
    while (Byte.toUnsignedInt(in.get()) != 0xFF) {}
    int marker = 0xFF;
    while (marker == 0xFF) {
      marker = Byte.toUnsignedInt(in.get());
    }
    return marker;
  }

  /** SOF0 to SOF15, less DHT, JPG and DAC, which lie between them. */
  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  /**
   * Whether a BMP's pixels are numbers of colors in a palette. TensorFlow takes those numbers for
   * shades of gray, which is right only where color i is the gray i.
   */
  static boolean hasColorPalette(byte[] bmp) {
    ByteBuffer in = ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN);
    try {
      int bits = in.getShort(28);
      if (bits > 8) {
        return false;
      }
      int palette = 14 + in.getInt(14);
      int colors = in.getInt(46) == 0 ? 1 << bits : in.getInt(46);
      for (int i = 0; i < colors; i++) {
        if ((in.getInt(palette + 4 * i) & 0xFF_FFFF) != i * 0x01_01_01) {
          return true;
        }
      }
      return bits < 8;
    } catch (IndexOutOfBoundsException e) {
      return false; // damaged, as its decoder will find
    }
  }

  /** Whether the marker that ends a JPEG's picture is there; some programs write more behind it. */
  static boolean hasJpegEnd(byte[] jpeg) {
    return Bytes.indexOf(jpeg, JPEG_END) >= 0;
  }

  private static PictureHeader png(ByteBuffer in) {
    return new PictureHeader(Format.PNG, in.getInt(16), in.getInt(20));
  }

  private static PictureHeader gif(ByteBuffer in) {
    int width = Short.toUnsignedInt(in.getShort(6));
    int height = Short.toUnsignedInt(in.getShort(8));
    return new PictureHeader(Format.GIF, width, height);
  }

  /** Rows stored from top to bottom are told by a negative height. */
  private static PictureHeader bmp(ByteBuffer in) {
    return new PictureHeader(Format.BMP, in.getInt(18), Math.abs(in.getInt(22)));
  }
}
