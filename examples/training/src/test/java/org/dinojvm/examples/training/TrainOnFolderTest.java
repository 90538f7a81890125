package org.dinojvm.examples.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program does what docs/library.md says, with the shipped recipe. */
class TrainOnFolderTest {

  private static final Path PROJECT = Path.of("../..");
  private static final Path FLAGS =
      PROJECT.resolve("dino-data/src/main/resources/clipart/train/flag");

  @TempDir static Path folder;

  private static List<Path> pictures;

  @BeforeAll
  static void findPictures() throws IOException {
    try (Stream<Path> files = Files.list(FLAGS)) {
      pictures = files.sorted().toList();
    }
  }

  private interface Program {
    void run(String[] arguments) throws IOException;
  }

  private static String output(Program program, Object... arguments) throws IOException {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      program.run(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    } finally {
      System.setOut(before);
    }
    return printed.toString(UTF_8).strip();
  }

  @Test
  void trainsAndExports() throws IOException {
    Path some = Files.createDirectories(folder.resolve("some"));
    for (Path picture : pictures.subList(0, 32)) {
      Files.copy(picture, some.resolve(picture.getFileName()));
    }
    Path recipe = PROJECT.resolve("configs/quickstart.yaml");
    String version = output(TrainOnFolder::main, recipe, some, folder.resolve("output"));
    assertEquals(folder.resolve("output/model/1").toString(), version);
    try (FeatureModel model = FeatureModel.open(Path.of(version))) {
      assertEquals(128, model.embed(pictures.get(0)).length);
    }
  }
}
