package org.dinojvm.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of src/test/resources. */
public final class Resources {
  private Resources() {}

  public static Path file(String name) {
    return Path.of(URI.create(Resources.class.getResource("/" + name).toString()));
  }

  public static Path reference(String name) {
    return file("reference/" + name);
  }

  public static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
