package org.dinojvm.data.source;

import java.io.IOException;
import java.nio.file.Path;

/** A file that is not opened, or not read, because of what it is. */
final class UnusableFileException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  UnusableFileException(Path file, String reason) {
    super(file + ": " + reason);
    this.reason = reason;
  }

  /** What it is, without its name: {@code no regular file}. */
  String reason() {
    return reason;
  }
}
