package org.dinojvm.train;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * {@code log.jsonl}: one object a line, flushed at once so that it can be followed. A run that goes
 * on from a checkpoint first drops the lines behind it, since it will write those steps again.
 */
final class JsonLog implements TrainingListener {

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);

  private final Writer writer;

  /**
   * Opens the log.
   *
   * @param done steps that the checkpoint to go on from was trained for; 0 for a new run
   */
  JsonLog(Path file, long done) throws IOException {
    if (Files.exists(file)) {
      keepUntil(file, done);
    }
    writer = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static void keepUntil(Path file, long done) throws IOException {
    List<String> lines = Files.readAllLines(file);
    List<String> kept = lines.stream().filter(line -> isUntil(line, done)).toList();
    if (kept.size() < lines.size()) {
      Path aside = file.resolveSibling(file.getFileName() + ".new");
      Files.write(aside, kept);
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** False for the half line of a killed run, too. */
  private static boolean isUntil(String line, long done) {
    try {
      return JSON.readTree(line).path("step").asLong(Long.MAX_VALUE) <= done;
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  @Override
  public void logged(StepRecord record) throws IOException {
    writer.write(JSON.writeValueAsString(record));
    writer.write('\n');
    writer.flush();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
