package org.dinojvm.export;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of src/test/resources. */
final class Resources {
  private Resources() {}

  static Path file(String name) {
    return Path.of(URI.create(Resources.class.getResource("/" + name).toString()));
  }

  static Path reference(String name) {
    return file("reference/" + name);
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
