package org.dinojvm.files;

import com.google.common.base.Strings;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What went wrong with a file, in words: Java's own message is often the bare path. */
public final class IoFailures {

  private IoFailures() {}

  /** The failure to write a file, which Java's own message may not name. */
  public static IOException writing(Path file, IOException cause) {
    return new IOException("cannot write " + file + ": " + reason(cause), cause);
  }

  /** The reason in one line, with the path where Java tells it. */
  public static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission for " + e.getMessage();
    } else if (e instanceof NoSuchFileException) {
      return "no such file or folder: " + e.getMessage();
    } else if (e instanceof FileAlreadyExistsException) {
      return "a file of that name is in the way: " + e.getMessage();
    }
    String name = e.getClass().getSimpleName();
    return Strings.isNullOrEmpty(e.getMessage())
        ? name
        : e.getMessage().lines().findFirst().orElse(name);
  }
}
