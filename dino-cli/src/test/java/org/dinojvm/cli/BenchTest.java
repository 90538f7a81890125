package org.dinojvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.train.MicroRun;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dino bench step}, {@code forward} and {@code gemm}, on a network of 2 narrow blocks. */
class BenchTest {

  private static Path recipe;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void writeRecipe(@TempDir Path folder) throws Exception {
    recipe = folder.resolve("recipe.yaml");
    TrainConfig config = MicroRun.config(folder, folder);
    Files.writeString(recipe, YamlSettings.write(TrainConfig.defaults().settings(), config));
  }

  private int dino(String... arguments) {
    return Dino.commands((config, team, more) -> {}, false)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private JsonNode json(String... arguments) throws Exception {
    assertEquals(0, dino(arguments), err::toString);
    assertEquals(1, out.toString().lines().count());
    return new ObjectMapper().readTree(out.toString().getBytes(UTF_8));
  }

  /** A recipe holds settings of its method alone, so that other methods are timed without one. */
  @Test
  void stepOfAnotherMethod() throws Exception {
    JsonNode result =
        json(
            "bench",
            "step",
            "--method=simclr",
            "--arch=vit_tiny/56",
            "--batch=2",
            "--steps=1",
            "--json");
    assertEquals("simclr", result.get("method").asText());
    assertEquals(2, result.get("batch").asInt());
    assertTrue(result.get("gflop").asDouble() > 0, result::toString);
  }

  @Test
  void stepWithShareOfLimit() throws Exception {
    JsonNode result =
        json("bench", "step", "--config", recipe.toString(), "--steps", "3", "--limit", "--json");
    assertEquals("vit_tiny/8", result.get("arch").asText());
    assertEquals(8, result.get("batch").asInt());
    assertEquals(3, result.get("steps").asInt());
    double seconds = result.get("median_step_seconds").asDouble();
    assertEquals(8, result.get("images_per_second").asDouble() * seconds, 1e-6);
    double gflop = result.get("gflop").asDouble();
    assertEquals(gflop, result.get("gflop_per_second").asDouble() * seconds, 1e-6);
    assertEquals(
        result.get("gflop_per_second").asDouble(),
        result.get("share_of_limit").asDouble() * result.get("limit_gflop_per_second").asDouble(),
        1e-6);
    assertTrue(result.get("share_of_limit").asDouble() < 1);
    assertTrue(result.get("peak_rss_bytes").asLong() > 1 << 26);
  }

  @Test
  void forwardByBatchAndPrecision() throws Exception {
    JsonNode result =
        json(
            "bench",
            "forward",
            "--config",
            recipe.toString(),
            "--batch",
            "3",
            "--precision",
            "bf16",
            "--runs",
            "2",
            "--json");
    assertEquals(3, result.get("batch").asInt());
    assertEquals("bf16", result.get("precision").asText());
    assertFalse(result.has("share_of_limit"));
  }

  @Test
  void forPeople() {
    assertEquals(0, dino("bench", "forward", "--config", recipe.toString(), "--runs", "1"));
    String line =
        "vit_tiny/8, batch 8, float32, 2 threads: [0-9.]+ s a pass \\(median of 1\\), [0-9.]+"
            + " images/s, [0-9]+ GFLOP/s; first [0-9.]+ s; peak memory [0-9.]+ GiB\\R";
    assertTrue(out.toString().matches(line), out::toString);
  }

  @Test
  void products() throws Exception {
    JsonNode result =
        json("bench", "gemm", "--size", "256", "--runs", "2", "--threads", "1", "--json");
    assertEquals(6, result.size());
    for (JsonNode product : result) {
      double median = product.get("gflop_per_second").asDouble();
      assertTrue(median > 0, product::toString);
      assertTrue(product.get("best_gflop_per_second").asDouble() >= median, product::toString);
    }
    assertEquals(256, result.get(0).get("k").asInt());
    assertEquals("bf16", result.get(1).get("precision").asText());
  }

  @Test
  void mistakesAreExplained() {
    assertEquals(2, dino("bench", "step", "--steps", "0"));
    assertEquals(2, dino("bench", "forward", "--runs", "-1"));
    assertEquals(2, dino("bench", "gemm", "--size", "0"));
    assertEquals(2, dino("bench", "gemm", "--size", "8", "--runs", "0"));
    assertEquals(2, dino("bench", "step", "--precision", "int8"));
    List<String> lines = err.toString().lines().toList();
    assertEquals("dino: --steps is 0; time at least 1", lines.get(0));
    assertEquals("dino: --runs is -1; time at least 1", lines.get(1));
    assertEquals(
        "dino: illegal matrix product 0 x 0 x 0: all sides must be at least 1", lines.get(2));
    assertEquals("dino: illegal number of timed runs 0: at least 1", lines.get(3));
    assertTrue(lines.get(4).contains("int8"), lines.get(4));
  }
}
