package org.dinojvm.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.train.log.StepRecord;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLogTest {

  @TempDir Path directory;

  @Test
  void goingOnDropsWhatWillBeWrittenAgain() throws IOException {
    Path file = directory.resolve("log.jsonl");
    write(file, 0, 10);
    write(file, 10, 20);
    write(file, 20, 30);
    String three = Files.readString(file);
    Files.writeString(file, three + "{\"epoch\":3,\"st");

    write(file, 20, 40);

    assertEquals(
        List.of(10L, 20L, 40L), Files.readAllLines(file).stream().map(JsonLogTest::step).toList());
  }

  private static void write(Path file, long done, long step) throws IOException {
    try (JsonLog log = new JsonLog(file, done, Assertions::fail)) {
      log.logged(
          new StepRecord(
              0, step, ImmutableMap.of("loss", 1.0), ImmutableMap.of(), 9, 0, ImmutableList.of()));
    }
  }

  private static long step(String line) {
    return Long.parseLong(line.replaceAll(".*\"step\":(\\d+).*", "$1"));
  }
}
