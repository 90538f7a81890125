package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.PlainViews;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;

/** {@code dino train --init} from small networks of each family, as a user runs it. */
class ContinuedTrainingTest {

  @TempDir static Path folder;

  private static Path pictures;

  /** What a command did. */
  private record Run(int exitCode, String out, String err) {}

  @BeforeAll
  static void writePictures() throws IOException {
    pictures = folder.resolve("pictures");
    for (int i = 0; i < 12; i++) {
      PictureFiles.disc(pictures.resolve(i + ".png"), new Color(20 * i, 0, 99), 50, 40 + 2 * i);
    }
  }

  /** Three steps; the second run's crops are of another size than the file's positions. */
  @ParameterizedTest
  @CsvSource({
    "dinov2_registers, 35, 21, 7, registers 4",
    "dinov3_swiglu, 128, 24, 8, final_norms untied_local",
    "ibot_vit, 32, 48, 24, mask_token held",
  })
  void theFileAloneIsEnough(String name, int own, int side, int local, String taken)
      throws IOException {
    Safetensors reference = reference(name);
    Path file = write(name, weights(reference));
    String output = folder.resolve("run-" + name + side).toString();
    List<Object> arguments = arguments(file, output);
    arguments.addAll(List.of("--num_heads", reference.metadata().get("num_heads")));
    if (side != own) {
      arguments.addAll(List.of("--global_crops_size", side));
    }
    Run run = train(arguments);
    assertEquals(0, run.exitCode, run.err);
    String line = run.out.lines().findFirst().orElseThrow();
    assertTrue(line.startsWith(file + " is "), line);
    assertTrue(line.contains(taken), line);
    assertTrue(line.contains("local_crops_size " + local), line);
    assertEquals(3, Files.readAllLines(Path.of(output, "log.jsonl")).size());

    Path weights = folder.resolve(name + side + "-trained.safetensors");
    Run export = run("export", "--model", output, "--safetensors", weights);
    assertEquals(0, export.exitCode, export.err);
  }

  /** The same command goes on, also when the file is gone, and ends with the same weights. */
  @ParameterizedTest
  @CsvSource({
    "dinov2_registers, --num_heads 5 --layer_decay 0.8 --freeze_blocks 1",
    "xcit, --global_crops_size 32 --local_crops_size 32 --drop_path_rate 0.2",
  })
  void anInterruptedRunEndsWithTheSameWeights(String name, String options) throws IOException {
    Path file = write("resumed-" + name, weights(reference(name)));
    Path output = folder.resolve("resumed-" + name);
    List<Object> arguments = arguments(file, output.toString());
    arguments.addAll(List.of(options.split(" ")));
    arguments.addAll(List.of("--threads", 1, "--parallel_ops", 1, "--checkpoint_every_steps", 1));
    Run whole = train(arguments);
    assertEquals(0, whole.exitCode, whole.err);
    Path last = output.resolve("checkpoints/step-00000003");
    Path kept = folder.resolve("kept-" + name);
    Files.move(last.resolve("model.data-00000-of-00001"), kept);
    DurableFiles.deleteTree(last);
    Files.delete(file);
    Run resumed = train(arguments);
    assertEquals(0, resumed.exitCode, resumed.err);
    assertEquals(-1, Files.mismatch(kept, last.resolve("model.data-00000-of-00001")));
  }

  /** A full checkpoint's head is taken, with its sizes. */
  @Test
  void aHeadInTheFileIsUsed() {
    Path file = Resources.reference("checkpoint.pth");
    Run run =
        train(
            List.of("--init", file, "--num_heads", 3, "--output", folder.resolve("with-head")),
            List.of(
                "--epochs", 1, "--warmup_epochs", 0, "--batch_size_per_gpu", 12, "--fuse", false));
    assertEquals(0, run.exitCode, run.err);
    assertTrue(run.out.contains("out_dim 96"), run.out);
    assertTrue(
        run.out.contains("starting from the backbone of " + file + " and its head"), run.out);
  }

  @Test
  void mixedUpFilesAreRefusedInOneLine() throws IOException {
    Map<String, Weight> dinov2 = weights(reference("dinov2"));
    Path whole = write("whole", dinov2);
    assertRefused(
        whole,
        "the backbone is not this run's vit_small: backbone.mask_token has no place in the network;"
            + " for this file give --arch vit_small --patch_size 7 --embed_dim 48 --depth 3"
            + " --layer_scale 1.0e-5 --mask_token held, or --init alone",
        "--arch",
        "vit_small",
        "--layer_scale",
        "0",
        "--mask_token",
        "on_demand");

    Map<String, Weight> changed = new LinkedHashMap<>(dinov2);
    changed.put("blocks.1.attn.proj.weight", dinov2.get("blocks.1.attn.qkv.weight"));
    assertRefused(
        write("changed", changed),
        "backbone.blocks.1.attn.proj.weight is F32[144, 48], the network has [48, 48]; the file is"
            + " damaged or mixed up: take it anew from where it was published");

    Map<String, Weight> without = new LinkedHashMap<>(dinov2);
    without.remove("blocks.2.ls1.gamma");
    for (Run run : assertRefused(write("without", without), "")) {
      assertTrue(run.err.contains("backbone.blocks.2.ls1.gamma"), run.err);
      assertTrue(run.err.contains("take it anew from where it was published"), run.err);
    }

    Path truncated = folder.resolve("truncated.safetensors");
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(truncated, Arrays.copyOf(bytes, bytes.length / 2));
    for (Run run : assertRefused(truncated, "truncated: ")) {
      assertTrue(run.err.contains("breaks off in or before tensor '"), run.err);
      assertTrue(run.err.contains("take it anew from where it was published"), run.err);
    }

    Path classifier =
        write(
            "classifier",
            Map.of(
                "linear.weight", Weight.of(Shape.of(2, 3), new float[6]),
                "linear.bias", Weight.of(Shape.of(2), new float[2])));
    assertRefused(
        classifier,
        "a linear classifier F32[2, 3] on top of features, no backbone: give the backbone's own"
            + " file");

    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(index, "{\"weight_map\": {\"cls_token\": \"model-00001.safetensors\"}}");
    assertRefused(
        index,
        "model-00001.safetensors is missing, which holds cls_token; put it beside the index");
  }

  /** By import and by train alike, but for options that only train has. */
  private static List<Run> assertRefused(Path file, String message, Object... options) {
    Path output = folder.resolve("refused");
    List<Object> arguments = arguments(file, output.toString());
    arguments.addAll(List.of("--num_heads", 3));
    arguments.addAll(List.of(options));
    List<Run> runs = new ArrayList<>(List.of(train(arguments)));
    if (options.length == 0) {
      runs.add(run("import", "--weights", file, "--num_heads", 3, "--output", output));
    }
    for (Run run : runs) {
      assertEquals(2, run.exitCode, run.err);
      assertEquals(1, run.err.strip().lines().count(), run.err);
      assertTrue(run.err.startsWith("dino: " + file + ": " + message), run.err);
      assertFalse(Files.exists(output));
    }
    return runs;
  }

  private static List<Object> arguments(Path init, String output) {
    return new ArrayList<>(
        List.of(
            "--init",
            init,
            "--output",
            output,
            "--epochs",
            1,
            "--warmup_epochs",
            0,
            "--fuse",
            false, // which would take seconds to compile
            "--batch_size_per_gpu",
            4,
            "--local_crops_number",
            2,
            "--log_every_steps",
            1,
            "--out_dim",
            64,
            "--head_hidden_dim",
            48,
            "--head_bottleneck_dim",
            16));
  }

  private static Run train(List<?>... arguments) {
    Stream<Object> plain =
        PlainViews.NO_AUGMENTATIONS.entrySet().stream()
            .map(setting -> "--" + setting.getKey() + "=" + setting.getValue());
    Stream<Object> all = Arrays.stream(arguments).flatMap(List::stream);
    return run(
        Stream.of(Stream.of("train", "--data", pictures), plain, all)
            .flatMap(words -> words)
            .toArray());
  }

  private static Run run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    PrintWriter printed = new PrintWriter(out, true);
    int exitCode =
        Dino.commands(
                (config, team, listeners) ->
                    Training.run(config, team, listeners, folder.resolve("savedmodels"), printed),
                false)
            .setOut(printed)
            .setErr(new PrintWriter(err, true))
            .execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }

  private static Safetensors reference(String name) {
    return Safetensors.read(Resources.file("reference-backbones/" + name + ".safetensors"));
  }

  private static Map<String, Weight> weights(Safetensors file) {
    Map<String, Weight> weights = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (name, weight) -> {
              if (name.startsWith("weights.")) {
                weights.put(name.substring("weights.".length()), weight);
              }
            });
    return weights;
  }

  private static Path write(String name, Map<String, Weight> weights) throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    Safetensors.of(weights).write(file);
    return file;
  }
}
