package org.dinojvm.train.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesTest {

  @TempDir Path directory;

  private final List<String> warnings = new ArrayList<>();
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("x.jsonl");
  }

  private JsonLines open() throws IOException {
    return new JsonLines(file, JsonNode::isObject, warnings::add);
  }

  @Test
  void linesWaitWhileTheFileCannotBeWritten() throws IOException {
    try (JsonLines lines = open()) {
      lines.add(Map.of("step", 1));
      Path elsewhere = Files.move(file, directory.resolve("elsewhere"));
      Files.createDirectory(file); // no file can be written where a folder is, not even by root
      lines.add(Map.of("step", 2));
      lines.add(Map.of("step", 3));
      assertEquals(1, warnings.size(), warnings::toString);
      assertTrue(warnings.get(0).startsWith("cannot write " + file + ": "), warnings.get(0));

      Files.delete(file);
      Files.move(elsewhere, file);
      lines.add(Map.of("step", 4));
      assertEquals(file + " is written again, with all 3 lines", warnings.get(1));
    }
    assertEquals(
        List.of("{\"step\":1}", "{\"step\":2}", "{\"step\":3}", "{\"step\":4}"),
        Files.readAllLines(file));
  }

  /** What a full disk leaves of a line is overwritten, not added to. */
  @Test
  void halfALineIsNotGoneOnWith() throws IOException {
    try (JsonLines lines = open()) {
      lines.add(Map.of("step", 1));
      Files.writeString(file, Files.readString(file) + "{\"ste");
      lines.add(Map.of("step", 2));
    }
    assertEquals(List.of("{\"step\":1}", "{\"step\":2}"), Files.readAllLines(file));
  }

  @Test
  void whatIsLostAtTheEndIsSaid() throws IOException {
    Files.createDirectory(file);
    JsonLines lines =
        new JsonLines(directory.resolve("x.jsonl/y"), JsonNode::isObject, warnings::add);
    Files.delete(file);
    lines.add(Map.of("step", 1));
    lines.add(Map.of("step", 2));
    lines.close();
    assertEquals(2, warnings.size(), warnings::toString);
    assertTrue(warnings.get(1).endsWith("; the last 2 lines of it are lost"), warnings.get(1));
  }

  /** After a power cut a file may end in zeros, or in bytes that are no text. */
  @Test
  void whatIsNoJsonIsDropped() throws IOException {
    Files.write(file, "{\"step\":1}\n{\"step\":2}\n{\"st\0\0\0".getBytes(UTF_8));
    open().close();
    assertEquals(List.of("{\"step\":1}", "{\"step\":2}"), Files.readAllLines(file));
    byte[] noText = {'{', '"', (byte) 0xc3, '\n'};
    Files.write(file, noText);
    open().close();
    assertEquals(0, Files.size(file));
    assertFalse(Files.exists(directory.resolve(".x.jsonl")));
  }
}
