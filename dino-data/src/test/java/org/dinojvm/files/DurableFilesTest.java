package org.dinojvm.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {

  @TempDir Path directory;

  @Test
  void aFolderAppearsWithAllThatIsInIt() throws IOException {
    Path target = directory.resolve("model");
    DurableFiles.writeFolder(
        target,
        aside -> {
          assertFalse(Files.exists(target), "written aside");
          Files.createDirectories(aside.resolve("deep/er"));
          Files.writeString(aside.resolve("deep/er/weights"), "1 2 3");
          Files.writeString(aside.resolve("card"), "a model");
          Files.createDirectory(aside.resolve("empty"));
        });
    assertEquals(
        List.of(
            "",
            "model",
            "model/card",
            "model/deep",
            "model/deep/er",
            "model/deep/er/weights",
            "model/empty"),
        names());
    assertEquals("1 2 3", Files.readString(target.resolve("deep/er/weights")));
  }

  @Test
  void whatCannotBeWrittenLeavesNothing() throws IOException {
    IOException full = new IOException("no space left");
    IOException thrown =
        assertThrows(
            IOException.class,
            () ->
                DurableFiles.writeFolder(
                    directory.resolve("model"),
                    aside -> {
                      Files.createDirectories(aside.resolve("deep/er"));
                      throw full;
                    }));
    assertEquals(full, thrown);
    assertEquals(List.of(""), names());
  }

  @Test
  void anEmptyFolderIsReplacedAndAFullOneIsNot() throws IOException {
    Path target = Files.createDirectory(directory.resolve("model"));
    DurableFiles.writeFolder(target, aside -> Files.writeString(aside.resolve("first"), "1"));
    assertThrows(
        IOException.class,
        () ->
            DurableFiles.writeFolder(
                target, aside -> Files.writeString(aside.resolve("second"), "2")));
    assertEquals(List.of("", "model", "model/first"), names());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.map(path -> directory.relativize(path).toString()).sorted().toList();
    }
  }
}
