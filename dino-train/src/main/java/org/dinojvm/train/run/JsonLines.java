package org.dinojvm.train.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.dinojvm.files.AppendedFile;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.files.IoFailures;

/**
 * A file of JSON objects, one a line, that a run writes for days. Each line is written at once, so
 * that it can be followed. Lines that find no room wait in memory and follow when there is some
 * again; a half-written one is overwritten.
 */
public final class JsonLines implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Consumer<String> warn;
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private long waitingLines;
  private final AppendedFile lines;

  /**
   * Opens a file, new or to be gone on with.
   *
   * @param keep which lines of an earlier session stay; those that are no JSON, as the last one of
   *     a killed run, never do
   * @param warn is told when lines cannot be written, and when they can again
   */
  public JsonLines(Path file, Predicate<JsonNode> keep, Consumer<String> warn) throws IOException {
    this.file = file;
    this.warn = warn;
    if (Files.exists(file)) {
      keepOnly(keep);
    }
    lines = new AppendedFile(file, Files.exists(file) ? Files.size(file) : 0);
  }

  private void keepOnly(Predicate<JsonNode> keep) throws IOException {
    String before = new String(Files.readAllBytes(file), UTF_8); // tolerates bytes that are no text
    List<String> kept = before.lines().filter(line -> isKept(line, keep)).toList();
    String after = String.join("", kept.stream().map(line -> line + "\n").toList());
    if (!after.equals(before)) {
      DurableFiles.write(file, kept);
    }
  }

  private static boolean isKept(String line, Predicate<JsonNode> keep) {
    try {
      JsonNode object = JSON.readTree(line);
      return object.isObject() && keep.test(object);
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** Adds a line. */
  public void add(Object value) throws JsonProcessingException {
    byte[] line = (JSON.writeValueAsString(value) + "\n").getBytes(UTF_8);
    waiting.write(line, 0, line.length);
    waitingLines++;
    try {
      write();
    } catch (IOException e) {
      if (waitingLines == 1) {
        warn.accept(
            "%s; training goes on, the lines wait in memory"
                .formatted(IoFailures.writing(file, e).getMessage()));
      }
    }
  }

  private void write() throws IOException {
    lines.append(waiting.toByteArray());
    if (waitingLines > 1) {
      warn.accept("%s is written again, with all %s lines".formatted(file, waitingLines));
    }
    waiting.reset();
    waitingLines = 0;
  }

  /** Writes what waits, or says that it is lost. */
  @Override
  public void close() {
    if (waitingLines == 0) {
      return;
    }
    try {
      write();
    } catch (IOException e) {
      warn.accept(
          "%s; the last %s lines of it are lost"
              .formatted(IoFailures.writing(file, e).getMessage(), waitingLines));
    }
  }
}
