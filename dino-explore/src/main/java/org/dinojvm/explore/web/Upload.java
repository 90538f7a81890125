package org.dinojvm.explore.web;

import com.google.common.io.ByteStreams;
import java.io.IOException;
import java.io.InputStream;
import org.dinojvm.data.source.PictureHeader;

/** What a client sends: bounded in bytes, and in pixels before any of them is decoded. */
final class Upload {

  /** Bytes of a file. */
  static final int MOST_BYTES = 20 << 20;

  /** A file of a few kilobytes may claim to be a picture of gigabytes. */
  private static final long MOST_PIXELS = 64_000_000;

  private Upload() {}

  /** Reads a picture's bytes. */
  static byte[] read(InputStream in, long announced) throws IOException, RequestException {
    if (announced > MOST_BYTES) {
      throw tooLarge();
    }
    byte[] bytes = ByteStreams.toByteArray(ByteStreams.limit(in, MOST_BYTES + 1L));
    if (bytes.length > MOST_BYTES) {
      throw tooLarge();
    }
    checkPixels(bytes);
    return bytes;
  }

  private static RequestException tooLarge() {
    return new RequestException(413, "the file is larger than %d MB".formatted(MOST_BYTES >> 20));
  }

  private static void checkPixels(byte[] bytes) throws RequestException {
    PictureHeader header = PictureHeader.of(bytes).orElseThrow(Upload::noPicture);
    if (header.pixels() > MOST_PIXELS) {
      throw new RequestException(
          413, "the picture has more than %d million pixels".formatted(MOST_PIXELS / 1_000_000));
    }
  }

  /** For what cannot be decoded. */
  static RequestException noPicture() {
    return new RequestException(415, "the file is no JPEG, PNG, GIF or BMP, or it is damaged");
  }
}
