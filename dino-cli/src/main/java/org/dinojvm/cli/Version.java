package org.dinojvm.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code dino --version} prints. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() throws IOException {
    Properties versions = new Properties();
    try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
      versions.load(file);
    }
    return new String[] {
      String.format(
          "dino %s (TensorFlow for Java %s, Java %s)",
          versions.getProperty("version"),
          versions.getProperty("tensorflow"),
          System.getProperty("java.version"))
    };
  }
}
