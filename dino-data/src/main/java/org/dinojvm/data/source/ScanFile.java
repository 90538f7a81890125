package org.dinojvm.data.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.dinojvm.files.DurableFiles;

/**
 * What a scan found, kept in a file, so that the next one need not decode what has not changed.
 *
 * @param file compressed lines of {@link Scan#lines}
 */
public record ScanFile(Path file) {

  /** A scan that knows what the one before found; one that knows nothing if there was none. */
  public Scan read(Progress progress) {
    if (!Files.exists(file)) {
      return Scan.fresh(progress);
    }
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), UTF_8))) {
      return Scan.after(lines.lines(), progress);
    } catch (IOException | UncheckedIOException e) {
      return Scan.fresh(progress); // damaged: all files are decoded, as the first time
    }
  }

  /** Keeps a scan for the next one, if it found anything new. */
  public void write(Scan scan) throws IOException {
    if (scan.isNews()) {
      DurableFiles.write(
          file,
          out -> {
            try (Writer lines = new OutputStreamWriter(new GZIPOutputStream(out), UTF_8)) {
              for (String line : (Iterable<String>) scan.lines()::iterator) {
                lines.write(line);
                lines.write('\n');
              }
            }
          });
    }
  }
}
