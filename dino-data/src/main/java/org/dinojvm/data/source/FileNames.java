package org.dinojvm.data.source;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;

/** File names for native code. */
public final class FileNames {

  private FileNames() {}

  /**
   * A path's bytes as the file system has them. {@code Path.toString} loses them in a locale that
   * cannot express the name, such as POSIX; the URI keeps them.
   */
  public static byte[] bytes(Path path) {
    String escaped = path.toAbsolutePath().toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) == '%') {
        bytes.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.write(escaped.charAt(i));
      }
    }
    return bytes.toByteArray();
  }
}
