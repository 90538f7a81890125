package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.PlainViews;
import org.dinojvm.files.DurableFiles;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dino compare} as a user runs it, on a network of one block. */
class CompareCommandTest {

  private static final List<String> NETWORK =
      List.of(
          "--arch=vit_tiny",
          "--embed_dim=16",
          "--depth=1",
          "--num_heads=2",
          "--patch_size=8",
          "--global_crops_size=16",
          "--local_crops_size=8",
          "--eval_crop_size=16",
          "--eval_resize_size=16",
          "--batch_size_per_gpu=6",
          "--threads=1",
          "--fuse=false",
          "--tensorboard=false",
          "--evaluations=knn(k=1)");

  private static final List<String> METHODS =
      List.of(
          "--methods=dino,simclr",
          "--set=dino.out_dim=16",
          "--set=dino.head_hidden_dim=16",
          "--set=dino.head_bottleneck_dim=8",
          "--set=dino.local_crops_number=1",
          "--set=simclr.projection_hidden_dim=16",
          "--set=simclr.projection_dim=8");

  @TempDir private static Path directory;

  private record Run(int exitCode, String out, String err) {}

  @BeforeAll
  static void writePictures() throws IOException {
    for (int i = 0; i < 6; i++) {
      PictureFiles.disc(directory.resolve("data/blue/" + i + ".png"), Color.BLUE, 30 + i, 30);
      PictureFiles.disc(directory.resolve("data/red/" + i + ".png"), Color.RED, 30, 30 + i);
    }
  }

  @Test
  void equalEpochsEndInATableAndAPageAndGoOnAfterAKill() throws IOException {
    Path output = directory.resolve("epochs");
    Run first = run(output, METHODS, "--epochs=2");
    assertEquals(0, first.exitCode, first.err);

    JsonNode models = json(output).get("models");
    assertEquals(List.of("dino", "simclr", "untrained", "raw_pixels"), names(models));
    for (String method : List.of("dino", "simclr")) {
      assertEquals(4, models.get(method).get("steps").asLong());
      assertEquals(24, models.get(method).get("pictures_seen").asLong());
      JsonNode curve = models.get(method).get("curve"); // untrained, one epoch, two
      assertEquals(List.of(0L, 12L, 24L), longs(curve, "pictures"));
    }
    assertEquals(100, models.at("/raw_pixels/scores/knn/top1_k1").asDouble()); // colors tell
    String page = Files.readString(output.resolve("index.html"));
    for (String picture : List.of("curves", "neighbours", "attention")) {
      assertTrue(ImageIO.read(output.resolve(picture + ".png").toFile()).getWidth() > 300);
      assertTrue(page.contains("<img alt=\"" + picture + "\" src=\"data:image/png;base64,"));
    }
    assertFalse(page.contains("src=\"http"));
    assertTrue(first.out.contains("knn top1_k1"), first.out);

    Path weights = weights(output, "simclr", 4);
    byte[] before = Files.readAllBytes(weights);
    // What a kill leaves between the epochs of the second method: no report, no later state.
    Files.delete(output.resolve("scores.json"));
    Files.delete(output.resolve("index.html"));
    DurableFiles.deleteTree(weights.getParent());
    Run second = run(output, METHODS, "--epochs=2");
    assertEquals(0, second.exitCode, second.err);
    assertArrayEquals(before, Files.readAllBytes(weights));
    assertEquals(4, Files.readAllLines(output.resolve("simclr/time.jsonl")).size());
    assertTrue(Files.exists(output.resolve("index.html")));

    Run other = run(output, METHODS, "--epochs=3");
    assertEquals(2, other.exitCode);
    assertEquals(
        "dino: %s holds another comparison; what differs: [epochs: 2 -> 3]. Choose another --output,"
                .formatted(output)
            + " or the same arguments to go on with it\n",
        other.err);
  }

  @Test
  void equalTimeEndsEachMethodAtTheFirstStepPastItsBudget() throws IOException {
    Path output = directory.resolve("time");
    Run run = run(output, METHODS, "--budget=1s");
    assertEquals(0, run.exitCode, run.err);
    for (String method : List.of("dino", "simclr")) {
      JsonNode model = json(output).at("/models/" + method);
      List<String> times = Files.readAllLines(output.resolve(method + "/time.jsonl"));
      long full = 2 * model.get("epochs").asLong();
      assertEquals(times.size(), model.get("steps").asLong());
      assertTrue(
          seconds(times.get(times.size() - 1)) >= 1
              ? seconds(times.get(times.size() - 2)) < 1
              : times.size() == full,
          () -> method + " has " + times.size() + " steps of " + full);
      assertFalse(Files.exists(output.resolve("." + method + "-timing")));
    }
  }

  @Test
  void mistakesAreToldInOneLineBeforeAnyTraining() {
    assertMistake("no method is named 'dimo'", "--methods=dimo,simclr", "--epochs=1");
    assertMistake("method dino is named twice", "--methods=dino,dino", "--epochs=1");
    assertMistake("how long is each method trained?", "--methods=dino");
    assertMistake("--budget 5 is no time", "--methods=dino", "--budget=5");
    assertMistake(
        "simclr.temperature is for a method that is not compared",
        "--methods=dino",
        "--epochs=1",
        "--set=simclr.temperature=1");
    assertMistake(
        "none of the compared methods has a setting temperature",
        "--methods=dino",
        "--epochs=1",
        "--temperature=1");
    assertFalse(Files.exists(directory.resolve("none")));
  }

  private static void assertMistake(String start, String... arguments) {
    Run run = run(directory.resolve("none"), List.of(), arguments);
    assertEquals(2, run.exitCode, run.out);
    assertTrue(run.err.startsWith("dino: " + start), run.err);
    assertEquals(1, run.err.lines().count());
  }

  private static Run run(Path output, List<String> methods, String... more) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of("compare", "--output=" + output));
    arguments.add("--data=" + directory.resolve("data"));
    arguments.addAll(NETWORK);
    PlainViews.NO_AUGMENTATIONS.forEach((key, value) -> arguments.add("--" + key + "=" + value));
    arguments.addAll(methods);
    arguments.addAll(List.of(more));
    int exitCode =
        Dino.commands((config, team, listeners) -> {}, false)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments.toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }

  private static JsonNode json(Path output) throws IOException {
    return new ObjectMapper().readTree(output.resolve("compare.json").toFile());
  }

  private static double seconds(String line) throws IOException {
    return new ObjectMapper().readTree(line).get("seconds").asDouble();
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<Long> longs(JsonNode array, String name) {
    List<Long> values = new ArrayList<>();
    array.forEach(one -> values.add(one.get(name).asLong()));
    return values;
  }

  private static Path weights(Path output, String method, long step) {
    return output.resolve(
        "%s/checkpoints/step-%08d/model.data-00000-of-00001".formatted(method, step));
  }
}
