package org.dinojvm.weights.torch;

import com.google.common.primitives.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Pickles and PyTorch files made by hand. */
public final class Pickles {
  private Pickles() {}

  /** Bytes from text, each character one byte. */
  public static byte[] of(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A file of the zip format with that pickle and no storages. */
  public static byte[] inZip(byte[] pickle) {
    return inZip(Map.of("data.pkl", pickle));
  }

  /** A file of the zip format with these entries. */
  public static byte[] inZip(Map<String, byte[]> entries) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Map.Entry<String, byte[]> content : entries.entrySet()) {
        ZipEntry entry = new ZipEntry("archive/" + content.getKey());
        CRC32 crc = new CRC32();
        crc.update(content.getValue());
        entry.setSize(content.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  /** A file of the older format whose content is that pickle. */
  public static byte[] inLegacy(byte[] pickle) {
    byte[] magic = of("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.");
    byte[] protocol = of("\u0080\u0002M\u00e9\u0003.");
    byte[] system = of("\u0080\u0002}.");
    byte[] storages = of("\u0080\u0002].");
    return Bytes.concat(magic, protocol, system, pickle, storages);
  }
}
