package org.dinojvm.train.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.dinojvm.train.log.StepRecord;

/**
 * {@code log.jsonl}: one object a line. A run that goes on from a checkpoint first drops the lines
 * behind it, since it will write those steps again.
 */
public final class JsonLog implements TrainingListener {

  private final JsonLines lines;

  /**
   * Opens the log.
   *
   * @param done steps that the checkpoint to go on from was trained for; 0 for a new run
   * @param warn is told when it cannot be written
   */
  public JsonLog(Path file, long done, Consumer<String> warn) throws IOException {
    lines = new JsonLines(file, line -> line.path("step").asLong(Long.MAX_VALUE) <= done, warn);
  }

  @Override
  public void logged(StepRecord record) throws IOException {
    lines.add(record);
  }

  @Override
  public void close() {
    lines.close();
  }
}
