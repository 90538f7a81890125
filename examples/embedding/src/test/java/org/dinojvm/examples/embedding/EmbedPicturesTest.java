package org.dinojvm.examples.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The program does what docs/library.md says, with the shipped teacher. */
class EmbedPicturesTest {

  private static final Path PROJECT = Path.of("../..");
  private static final Path FLAGS =
      PROJECT.resolve("dino-data/src/main/resources/clipart/train/flag");

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
  void aPictureIsLikeItselfAndLessLikeAnother() throws IOException {
    Path model = PROJECT.resolve("savedmodels/clipart");
    assertEquals("1.0000", output(EmbedPictures::main, model, pictures.get(0), pictures.get(0)));
    double other =
        Double.parseDouble(output(EmbedPictures::main, model, pictures.get(0), pictures.get(1)));
    assertTrue(other > -1 && other < 0.999, "cosine " + other);
  }
}
