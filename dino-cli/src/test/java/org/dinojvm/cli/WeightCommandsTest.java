package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.SavedModel;
import picocli.CommandLine;

/** Weights in and out, as a user runs the commands. */
class WeightCommandsTest {

  private static final Path CHECKPOINT = Resources.reference("checkpoint.pth");

  @TempDir static Path folder;

  private static Path model;
  private static Run imported;

  private record Run(int exitCode, String out, String err) {}

  @BeforeAll
  static void importCheckpoint() {
    model = folder.resolve("model");
    imported = run("import", "--weights", CHECKPOINT, "--num_heads", "3", "--output", model);
  }

  @Test
  void importSaysWhatTheWeightsAre() {
    assertEquals(0, imported.exitCode, imported.err);
    assertEquals(
        List.of(
            "vit_small, patch 8, 3 blocks, 3 heads, 48 features, pictures of 32 pixels, a head of"
                + " 96 outputs",
            "pictures: shorter side to 37, center 32, bicubic, mean 0.485 0.456 0.406, std 0.229"
                + " 0.224 0.225",
            "imported " + model.resolve("1")),
        imported.out.lines().toList());
  }

  @Test
  void publishedWeightsComeBackBitForBit() {
    Path file = folder.resolve("published.safetensors");
    Run run = run("export", "--model", model, "--safetensors", file);
    assertEquals(0, run.exitCode, run.err);
    assertEquals(file + ": 50 tensors, 107,584 values, under published names", run.out.strip());
    WeightFile read = WeightFile.read(file);
    assertEquals(ImmutableMap.copyOf(WeightFile.read(CHECKPOINT).weights()), read.weights());
    assertEquals("3", read.settings().get("num_heads"));

    Run again = run("export", "--model", model, "--safetensors", file);
    assertEquals(2, again.exitCode);
    assertTrue(again.err.contains("exists: add --overwrite to replace it"), again.err);
  }

  /** What goes out under other names comes back, without being told the number of heads. */
  @ParameterizedTest
  @ValueSource(strings = {"timm", "huggingface"})
  void backbonesComeBackUnderOtherNames(String names) throws IOException {
    Path file = Files.createDirectories(folder.resolve(names)).resolve("model.safetensors");
    Run run = run("export", "--model", model, "--safetensors", file, "--names", names);
    assertEquals(0, run.exitCode, run.err);
    WeightFile read = WeightFile.read(file);
    assertEquals(42, read.weights().size());
    ImmutableMap<String, Weight> expected = WeightFile.read(CHECKPOINT).weights();
    read.weights().forEach((name, weight) -> assertEquals(expected.get(name), weight, name));

    Run back = run("import", "--weights", file, "--output", folder.resolve(names + "-back"));
    assertEquals(0, back.exitCode, back.err);
    assertTrue(back.out.contains("3 heads, 48 features"), back.out);
    assertTrue(back.out.contains("no projection head"), back.out);
  }

  @Test
  void transformersFindsItsConfiguration() throws IOException {
    Path file = Files.createDirectories(folder.resolve("vit")).resolve("model.safetensors");
    assertEquals(
        0,
        run("export", "--model", model, "--safetensors", file, "--names", "huggingface").exitCode);
    JsonNode config = new ObjectMapper().readTree(file.resolveSibling("config.json").toFile());
    assertEquals("vit", config.get("model_type").asText());
    assertEquals(48, config.get("hidden_size").asInt());
    assertEquals(192, config.get("intermediate_size").asInt());
    assertEquals(3, config.get("num_attention_heads").asInt());
    assertEquals(3, config.get("num_hidden_layers").asInt());
    assertEquals(8, config.get("patch_size").asInt());
    assertEquals(32, config.get("image_size").asInt());
    JsonNode preprocessor =
        new ObjectMapper().readTree(file.resolveSibling("preprocessor_config.json").toFile());
    assertEquals(37, preprocessor.at("/size/shortest_edge").asInt());
    assertEquals(32, preprocessor.at("/crop_size/height").asInt());
    assertEquals(0.485, preprocessor.at("/image_mean/0").asDouble());
    assertEquals(0.225, preprocessor.at("/image_std/2").asDouble());
  }

  /** A network of NaN computes NaN: no features, no picture and no export come of it. */
  @Test
  void weightsThatAreNotFiniteAreRefusedByEveryCommand() throws IOException {
    Map<String, Weight> weights = new LinkedHashMap<>(WeightFile.read(CHECKPOINT).weights());
    Weight norm = weights.get("backbone.norm.bias");
    float[] elements = norm.floats();
    elements[7] = Float.NaN;
    weights.put("backbone.norm.bias", Weight.of(norm.shape(), elements));
    Path file = folder.resolve("nan.safetensors");
    Safetensors.of(weights, Map.of("num_heads", "3")).write(file);
    Path pictures = folder.resolve("pictures");
    PictureFiles.disc(pictures.resolve("a/1.png"), Color.RED, 40, 40);
    PictureFiles.disc(pictures.resolve("b/2.png"), Color.BLUE, 40, 40);
    Path output = folder.resolve("nan-output");

    for (Run run :
        List.of(
            run("import", "--weights", file, "--output", output),
            run("export", "--model", file, "--safetensors", output + ".safetensors"),
            run("knn", "--model", file, "--train", pictures, "--k", "1"),
            run("features", "--model", file, "--data", pictures, "--output", output + ".npy"),
            run("attention", "--model", file, "--data", pictures, "--output", output + ".png"),
            run(
                "neighbours",
                "--model",
                file,
                "--train",
                pictures,
                "--val",
                pictures,
                "--output",
                output + ".png"))) {
      assertEquals(2, run.exitCode, run.err);
      assertEquals(
          "dino: "
              + file
              + ": 1 weights are not finite (NaN or infinite): backbone.norm.bias; take weights"
              + " from before that happened",
          run.err.strip());
    }
    for (String ending : new String[] {"", ".safetensors", ".npy", ".png"}) {
      assertFalse(Files.exists(Path.of(output + ending)), ending);
    }
  }

  /** --trust opens what is refused without it. */
  @Test
  void aGraphWithAnOperationOfItsOwnNeedsTrust() throws IOException {
    Path version = folder.resolve("of-others/1");
    try (Stream<Path> files = Files.walk(model.resolve("1"))) {
      for (Path path : files.toList()) {
        Files.copy(
            path,
            Files.createDirectories(version.getParent())
                .resolve("1")
                .resolve(model.resolve("1").relativize(path).toString()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.delete(version.resolve("MODEL.json"));
    Path graph = version.resolve("saved_model.pb");
    SavedModel.Builder changed = SavedModel.parseFrom(Files.readAllBytes(graph)).toBuilder();
    changed
        .getMetaGraphsBuilder(0)
        .getGraphDefBuilder()
        .addNodeBuilder()
        .setName("theirs")
        .setOp("Timestamp");
    Files.write(graph, changed.build().toByteArray());

    Path file = folder.resolve("trusted.safetensors");
    Run refused = run("export", "--model", version, "--safetensors", file);
    assertEquals(2, refused.exitCode);
    assertTrue(refused.err.startsWith("dino: refused: " + version), refused.err);
    assertTrue(refused.err.contains("operation Timestamp ('theirs')"), refused.err);
    assertTrue(refused.err.contains("--trust"), refused.err);
    Run trusted = run("export", "--model", version, "--safetensors", file, "--trust");
    assertEquals(0, trusted.exitCode, trusted.err);
    for (String command : new String[] {"knn", "features", "attention", "neighbours"}) {
      assertTrue(run(command, "--help").out.contains("--trust"), command);
    }
  }

  @Test
  void damagedFilesAreRefusedInOneLineAndLeaveNothing() throws IOException {
    byte[] whole = Files.readAllBytes(CHECKPOINT);
    Path half = folder.resolve("half.pth");
    Files.write(half, Arrays.copyOf(whole, whole.length / 2));
    assertRefused(half, half + ": ");
    Path text = Files.writeString(folder.resolve("text.pth"), "no weights at all, just a line");
    assertRefused(text, text + ": not a safetensors file: ");
    Path missing = folder.resolve("missing.pth");
    assertRefused(missing, missing + ": no such file");
  }

  private static void assertRefused(Path weights, String start) {
    Path output = folder.resolve("refused");
    Run run = run("import", "--weights", weights, "--num_heads", "3", "--output", output);
    assertEquals(2, run.exitCode, run.err);
    assertEquals(1, run.err.strip().lines().count(), run.err);
    assertTrue(run.err.startsWith("dino: " + start), run.err);
    assertFalse(Files.exists(output));
  }

  @Test
  void exportAsksForWhatItShallWrite() {
    Run run = run("export", "--model", model);
    assertEquals(2, run.exitCode);
    assertTrue(run.err.contains("say what to export: --output DIR"), run.err);
  }

  private static Run run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commands = Dino.commands((config, team, more) -> {}, false);
    commands.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    int exitCode =
        commands.execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }
}
