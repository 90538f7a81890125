package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.dinojvm.cli.explore.CurateCommand;
import org.dinojvm.cli.explore.IndexCommand;
import org.dinojvm.cli.explore.ReportCommand;
import org.dinojvm.cli.explore.SearchCommand;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.eval.TinyFeatureModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands over an index and the page, run as a user runs them. */
class ExploreCommandsTest {

  @TempDir Path directory;

  private Path data;
  private Path index;

  @BeforeEach
  void writePictures() throws Exception {
    data = directory.resolve("data");
    index = directory.resolve("index");
    for (int i = 0; i < 6; i++) {
      PictureFiles.disc(data.resolve("blue/" + i + ".png"), new Color(0, 9 * i, 255), 60, 60);
      PictureFiles.disc(data.resolve("rot/käfer " + i + ".png"), new Color(255, 9 * i, 0), 60, 40);
    }
    Files.copy(data.resolve("blue/2.png"), data.resolve("blue/copy.png"));
  }

  @Test
  void indexesSearchesAndCurates() throws Exception {
    String indexed =
        run(
            0,
            new IndexCommand(TinyFeatureModel::open),
            "--model",
            "tiny",
            "--data",
            data,
            "--output",
            index,
            "--check");
    assertTrue(indexed.contains("13 pictures × 48 features"), indexed);
    assertTrue(indexed.contains("13 new, 0 changed, 0 removed, 0 as they were"), indexed);
    assertTrue(indexed.contains("recall@10 1.0000"), indexed);

    Path page = directory.resolve("found.png");
    String found =
        run(
            0,
            new SearchCommand(TinyFeatureModel::open),
            "--index",
            index,
            "--query",
            data.resolve("rot/käfer 3.png"),
            "--k",
            "3",
            "--json",
            "--output",
            page);
    JsonNode first = new ObjectMapper().readTree(found).at("/found/0");
    assertEquals("rot/käfer 3.png", first.get("name").asText());
    assertEquals("rot", first.get("class").asText());
    assertTrue(ImageIO.read(page.toFile()).getWidth() > 600);

    Path order = directory.resolve("order");
    run(
        0,
        new CurateCommand(TinyFeatureModel::open),
        "--index",
        index,
        "--output",
        order,
        "--duplicates",
        "1",
        "--outliers",
        "1",
        "--subset",
        "4",
        "--like",
        data.resolve("blue/0.png"),
        "--k",
        "2");
    List<String> copies = Files.readAllLines(order.resolve("duplicates.txt"));
    assertTrue(
        copies.contains(data.resolve("blue/copy.png").toString())
            || copies.contains(data.resolve("blue/2.png").toString()), // one of two is kept
        copies::toString);
    assertEquals(4, ImageFolder.scan(order.resolve("subset.txt")).pictures().size());
    assertEquals(
        13 - 1 - copies.size(),
        ImageFolder.scan(order.resolve("curated.txt")).pictures().size(),
        1); // an outlier may be a copy, too
    assertEquals(
        data.resolve("blue/0.png").toString(),
        Files.readAllLines(order.resolve("like.txt")).get(0));
    assertTrue(Files.readString(order.resolve("clusters.html")).contains("data:image/jpeg"));
  }

  @Test
  void mistakesAreSaidInOneLine() {
    assertTrue(
        run(
                2,
                new SearchCommand(TinyFeatureModel::open),
                "--index",
                directory,
                "--query",
                data.resolve("blue/0.png"))
            .contains("holds no index"));
    assertTrue(
        run(
                2,
                new ReportCommand(TinyFeatureModel::open),
                "--model",
                "m",
                "--data",
                data,
                "--output",
                data)
            .contains("holds other files"));
    assertTrue(
        run(
                2,
                new IndexCommand(TinyFeatureModel::open),
                "--model",
                "m",
                "--data",
                data,
                "--output",
                data)
            .contains("holds other files"));
  }

  @Test
  void writesAPageForAModelWithoutTokensAndAgain() throws Exception {
    Path output = directory.resolve("page");
    for (int time = 0; time < 2; time++) {
      String said =
          run(
              0,
              new ReportCommand(TinyFeatureModel::open),
              "--model",
              "tiny",
              "--data",
              data,
              "--output",
              output,
              "--details",
              "3");
      assertTrue(said.startsWith("open file:///"), said);
    }
    try (Stream<Path> details = Files.list(output.resolve("details"))) {
      assertEquals(3, details.count());
    }
    BufferedImage sprite = ImageIO.read(output.resolve("sprites/0000.jpg").toFile());
    assertEquals(16 * 64, sprite.getWidth());
    assertEquals(64, sprite.getHeight());
  }

  @Test
  void drawsAttentionOfFrames() throws Exception {
    Path gif = directory.resolve("attention.gif");
    run(
        0,
        new AttentionCommand(TinyFeatureModel::open),
        "--model",
        "tiny",
        "--data",
        data.resolve("rot"),
        "--output",
        gif,
        "--fps",
        "20");

    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    try (ImageInputStream in = ImageIO.createImageInputStream(gif.toFile())) {
      reader.setInput(in);
      assertEquals(6, reader.getNumImages(true));
      assertEquals(2 * 96, reader.getWidth(0)); // 60 × 40 seen at 96 × 64, twice
      assertEquals(64, reader.getHeight(0));
    } finally {
      reader.dispose();
    }
  }

  /** What the command said, on both streams. */
  private static String run(int expected, Callable<Integer> command, Object... arguments) {
    Errors errors = new Errors(false);
    StringWriter said = new StringWriter();
    CommandLine line =
        new CommandLine(command)
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(said, true))
            .setExecutionStrategy(errors)
            .setExecutionExceptionHandler(errors)
            .setParameterExceptionHandler(errors);
    int code = line.execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    assertEquals(expected, code, said::toString);
    return said.toString();
  }
}
