package org.dinojvm.data.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipArtTest {

  @TempDir Path folder;

  @Test
  void indexNamesEveryPicture() throws IOException, URISyntaxException {
    Path resources = Path.of(ClipArt.class.getResource("/clipart").toURI());
    assertEquals(pictures(resources), ClipArt.names());
  }

  @Test
  void extractsTwoSplitsOnce() throws IOException {
    ClipArt.extractTo(folder);
    Files.delete(folder.resolve(ClipArt.names().get(0)));
    ClipArt.extractTo(folder); // leaves alone what is there

    ImageFolder train = ImageFolder.scan(folder.resolve("train"));
    ImageFolder val = ImageFolder.scan(folder.resolve("val"));
    assertEquals(856, train.pictures().size());
    assertEquals(276, val.pictures().size());
    assertEquals(20, train.classes().size());
    assertEquals(train.classes(), val.classes());
    assertEquals(List.of(), train.skipped());
    assertEquals(List.of(), val.skipped());
    assertEquals(List.of("train", "val"), children(folder)); // and nothing aside
  }

  private static List<String> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  private static List<String> pictures(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".jpg"))
          .map(file -> root.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
