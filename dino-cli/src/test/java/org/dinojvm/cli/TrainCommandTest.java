package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.PlainViews;
import org.dinojvm.train.MicroRun;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code dino train} and what follows it as a user runs them, on a folder such as users have. In
 * command lines and messages {@code @} stands for the folder of the test.
 */
class TrainCommandTest {

  private static final int USABLE = 11;

  @TempDir static Path directory;

  private static Run first;

  @BeforeAll
  static void trainOnce() throws IOException {
    writePictures(directory.resolve("my pictures"));
    Files.createDirectories(directory.resolve("empty"));
    Files.writeString(
        Files.createDirectories(directory.resolve("notes")).resolve("todo.txt"), "milk");
    Files.writeString(
        directory.resolve("micro.yaml"),
        MicroRun.config(Path.of("elsewhere"), Path.of("nowhere"))
            .with(PlainViews.NO_AUGMENTATIONS)
            .toYaml());
    Files.writeString(directory.resolve("typo.yaml"), "arch: vit_tiny\npach_size: 8\n");
    first = run("train --config @/micro.yaml --data @/my_pictures --output @/runs/first");
  }

  private static void writePictures(Path root) throws IOException {
    int[] types = {
      BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_BYTE_INDEXED
    };
    List<String> names =
        List.of("a.jpg", "b.png", "with space/c 1.bmp", "with space/deep/er/d.gif");
    for (String name : names) {
      for (int type : types) {
        if (!name.endsWith("jpg") || type != BufferedImage.TYPE_BYTE_INDEXED) {
          Path file = root.resolve(name);
          PictureFiles.disc(
              file.resolveSibling(type + " " + file.getFileName()), type, Color.RED, 50, 40);
        }
      }
    }
    PictureFiles.disc(
        root.resolve("Ünïcode 猫/RGBA ü.png"), BufferedImage.TYPE_INT_ARGB, Color.BLUE, 33, 70);
    byte[] whole = Files.readAllBytes(root.resolve("1 a.jpg"));
    Files.write(root.resolve("cut.jpg"), Arrays.copyOf(whole, whole.length / 2));
    Files.createFile(root.resolve("with space/empty file.png"));
    Files.writeString(root.resolve("Ünïcode 猫/letter.jpg"), "Dear Sir or Madam");
  }

  @Test
  void everyUsablePictureIsTrainedOnAndTheRestIsSaid() throws IOException {
    assertEquals(0, first.exitCode, first.err);
    assertEquals("", first.err);
    assertContains(first.out, USABLE + " pictures in @/my_pictures");
    assertContains(first.out, "4 files skipped, listed in @/runs/first/skipped.tsv:");
    assertContains(first.out, "  @/my_pictures/cut.jpg: damaged JPEG: ");
    assertContains(
        first.out,
        "  @/my_pictures/with space/13 c 1.bmp: BMP with a palette, which TensorFlow cannot read;"
            + " save it as PNG");
    assertContains(first.out, "  @/my_pictures/with space/empty file.png: empty");
    assertContains(
        first.out, "  @/my_pictures/Ünïcode 猫/letter.jpg: not a JPEG, PNG, GIF or BMP picture");
    assertEquals(4, Files.readAllLines(at("@/runs/first/skipped.tsv")).size());
    assertContains(first.out, "checkpoint @/runs/first/checkpoints/step-00000002");
    assertTrue(Files.exists(at("@/runs/first/checkpoints/step-00000002/model.index")));
    assertEquals(2, Files.readAllLines(at("@/runs/first/log.jsonl")).size());
    assertContains(first.out, "exported @/savedmodels/first/1");
    assertTrue(Files.exists(at("@/savedmodels/first/1/saved_model.pb")));
  }

  @Test
  void aFinishedRunIsNotTrainedNorExportedAgain() throws IOException {
    Run again = run("train --config @/micro.yaml --data @/my_pictures --output @/runs/first");
    assertEquals(0, again.exitCode, again.err);
    assertContains(again.out, "nothing left to train: @/runs/first has all of its 2 steps");
    assertContains(again.out, "exported before, as @/savedmodels/first/1");
    assertFalse(Files.exists(at("@/savedmodels/first/2")));
    assertEquals(2, Files.readAllLines(at("@/runs/first/log.jsonl")).size());
  }

  @Test
  void anExportIsWhitenedIfAskedForAndOnce() throws IOException {
    String command =
        "train --config @/micro.yaml --data @/my_pictures --output @/runs/white --export_whitening ";
    Run plain = run(command + "0");
    assertContains(plain.out, "exported @/savedmodels/white/1");
    Run whitened = run(command + "0.35");
    assertContains(whitened.out, "exported @/savedmodels/white/2");
    assertContains(
        Files.readString(at("@/savedmodels/white/2/MODEL.md")),
        "whitened by the principal components of " + USABLE + " pictures (power 0.35)");
    assertContains(run(command + "0.35").out, "exported before, as @/savedmodels/white/2");
    assertContains(run(command + "0").out, "exported before, as @/savedmodels/white/1");
  }

  @Test
  void whereNothingCanBeWhitenedTheRunIsExportedAllTheSame() throws IOException {
    PictureFiles.disc(at("@/alone/only.png"), Color.RED, 40, 40);
    Run run =
        run(
            "train --config @/micro.yaml --data @/alone --output @/runs/alone"
                + " --batch_size_per_gpu 1 --export_whitening 0.35");
    assertEquals(0, run.exitCode, run.err);
    assertContains(
        run.out,
        "warning: the class token is exported as it is: whitening is learned from at least 2"
            + " rows, not 1");
    assertContains(run.out, "exported @/savedmodels/alone/1");
  }

  @Test
  void evaluationsAreLoggedAndStandOnTheModelCard() throws IOException {
    for (String name : List.of("red", "blue")) {
      for (int i = 0; i < 8; i++) {
        PictureFiles.disc(
            at("@/labelled/" + name + "/" + i + ".png"),
            name.equals("red") ? Color.RED : Color.BLUE,
            40 + i,
            40);
      }
    }
    Run run =
        run(
            "train --config @/micro.yaml --data @/labelled --output @/runs/evaluated --epochs 2"
                + " --evaluations uniformity,knn,attention --eval_every_epochs 1"
                + " --knn_train @/labelled --knn_val @/labelled");

    assertEquals(0, run.exitCode, run.err);
    assertContains(run.out, "epoch 1: uniformity: uniformity -");
    assertContains(run.out, "epoch 2: k-NN top-1 ");
    List<String> log = Files.readAllLines(at("@/runs/evaluated/evaluations.jsonl"));
    assertEquals(4, log.size(), log::toString);
    ObjectMapper json = new ObjectMapper();
    JsonNode last = json.readTree(log.get(2));
    assertEquals("uniformity", last.get("evaluation").asText());
    JsonNode card = json.readTree(at("@/savedmodels/evaluated/1/MODEL.json").toFile());
    assertEquals(last.get("numbers"), card.at("/evaluations/uniformity"));
    assertEquals(json.readTree(log.get(3)).get("numbers"), card.at("/evaluations/knn"));
    String text = Files.readString(at("@/savedmodels/evaluated/1/MODEL.md"));
    assertContains(text, "## Evaluations");
    assertContains(text, "| knn | top1_k10 | ");
    assertContains(text, "| uniformity | uniformity | -");
  }

  /**
   * A classifier answers alike by {@code classify} and in an export, as plain Java has it, and what
   * was found is kept with the run without saying where the file is.
   */
  @ParameterizedTest
  @CsvSource({"grid, --iterations 40", "published, --epochs 3 --blocks 1 --avgpool true"})
  void aClassifierIsKeptAndAnswersAlikeEverywhere(String protocol, String settings)
      throws Exception {
    Path pictures = at("@/classes " + protocol);
    Color[] colors = {Color.RED, Color.BLUE, Color.GREEN};
    for (int i = 0; i < 18; i++) {
      PictureFiles.disc(
          pictures.resolve("class %d/%d.png".formatted(i % 3, i)), colors[i % 3], 30 + i, 40 - i);
    }
    Path run = copy(at("@/runs/first"), at("@/classified " + protocol));
    Path classifier = at("@/" + protocol + ".safetensors");
    Run trained =
        run(
            "evaluate linear --json --lr 0.5 " + settings + " --protocol " + protocol,
            "--model=" + run,
            "--train=" + pictures,
            "--val=" + pictures,
            "--classifier=" + classifier);
    assertEquals(0, trained.exitCode, trained.err);
    ObjectMapper json = new ObjectMapper();
    JsonNode found = json.readTree(trained.out);
    Run classified =
        run(
            "classify --json --top 3",
            "--model=" + run,
            "--classifier=" + classifier,
            "--data=" + pictures);
    assertEquals(0, classified.exitCode, classified.err);
    List<String> lines = classified.out.lines().toList();
    assertEquals(18, lines.size());
    Path export = at("@/with classifier " + protocol);
    Run exported =
        run("export", "--model=" + run, "--classifier=" + classifier, "--output=" + export);
    assertEquals(0, exported.exitCode, exported.err);

    int hits = 0;
    try (ClassifierOracle oracle = new ClassifierOracle(run, classifier, export.resolve("1"))) {
      for (String line : lines) {
        JsonNode one = json.readTree(line);
        Path file = Path.of(one.get("picture").asText());
        double[] expected = oracle.probabilities(file);
        double[] served = oracle.served(file);
        for (int c = 0; c < expected.length; c++) {
          assertEquals(expected[c], one.at("/classes/class " + c).asDouble(), 1e-5);
          assertEquals(expected[c], served[c], 1e-5);
        }
        String first = one.get("classes").fieldNames().next();
        hits += file.getParent().endsWith(first) ? 1 : 0;
      }
    }
    assertEquals(found.at("/numbers/top1").asDouble(), 100.0 * hits / lines.size(), 1e-9);
    assertKept(run, export, found.get("numbers"));
  }

  /** In the run's log, in TensorBoard and on the model card, under a name without a path. */
  private static void assertKept(Path run, Path export, JsonNode numbers) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> kept = Files.readAllLines(run.resolve("evaluate.jsonl"));
    assertEquals(1, kept.size(), kept::toString);
    JsonNode line = json.readTree(kept.get(0));
    String name = line.get("evaluation").asText();
    assertTrue(name.startsWith("linear(") && !name.contains("classifier"), name);
    assertEquals(2, line.get("step").asInt());
    assertEquals(numbers, line.get("numbers"));
    JsonNode card = json.readTree(export.resolve("1/MODEL.json").toFile());
    assertEquals(numbers, card.get("evaluations").get(name));
    try (Stream<Path> events = Files.list(run.resolve("events"))) {
      assertTrue(
          events.anyMatch(file -> read(file).contains(name + "/top1")), "no scalar of " + name);
    }
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void picturesOfEveryFormatHaveFeatures() {
    Run run = run("features --model @/runs/first --data @/my_pictures --output @/f.npy");
    assertEquals(0, run.exitCode, run.err);
    assertContains(
        run.out, "@/f.npy: " + USABLE + " pictures × 32 features, float32; paths in @/f.txt");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train --data @/my_pictures --output @/x --evaluations knn,uniformty | no evaluation is"
            + " named 'uniformty'; did you mean 'uniformity'?; there are knn, attention, logistic,"
            + " cluster, health, linear, copies, retrieval, video, uniformity",
        "train --data @/none --output @/x | no such folder: @/none; give the folder that the"
            + " pictures are in",
        "train --data @/micro.yaml --output @/x | neither a folder nor a list of files that exist:"
            + " @/micro.yaml; give a folder of pictures, a text file with one path a line, or"
            + " TFRecords",
        "train --data @/empty --output @/x | no usable picture in @/empty: it holds no file; give"
            + " a folder with JPEG, PNG, GIF or BMP pictures, at any depth",
        "train --data @/notes --output @/x | no usable picture in @/notes: 1 files skipped, the"
            + " first, @/notes/todo.txt, because: not a JPEG, PNG, GIF or BMP picture; give a"
            + " folder with JPEG, PNG, GIF or BMP pictures, at any depth",
        "train --data @/my_pictures --output @/x --patch_size 15 | global_crops_size = 224: must be"
            + " a multiple of patch_size = 15; use 210 or 225",
        "train --data @/my_pictures --output @/x --config @/typo.yaml | unknown key 'pach_size' in"
            + " @/typo.yaml; did you mean 'patch_size'?",
        "train --data @/my_pictures --output @/x --config @/micro.yaml --batch_size_per_gpu 13 | a"
            + " batch of 13 is larger than the data set of 11 pictures in @/my_pictures; lower"
            + " --batch_size_per_gpu",
        "train --data @/my_pictures --output @/notes | @/notes holds other files and no run; choose"
            + " a new or empty folder as --output",
        "train --data @/my_pictures --output @/micro.yaml | @/micro.yaml is a file; --output names"
            + " a folder",
        "train --config @/micro.yaml --data @/my_pictures --output @/runs/first --epochs 3 --lr"
            + " 0.02 | @/runs/first holds another run; what differs: epochs: 2 -> 3, lr: 0.01 ->"
            + " 0.02. Choose another --output, or the same settings to go on with it",
        "train --config @/micro.yaml --data @/my_pictures --output @/runs/first --epochs 3"
            + " | @/runs/first holds another run; what differs: epochs: 2 -> 3. Choose another"
            + " --output, or add --extend to go on with it",
        "features --model @/none --data @/my_pictures --output @/x.npy | no model at @/none; give a"
            + " run folder, a checkpoint folder, a SavedModel folder or a file of weights",
        "features --model @/notes --data @/my_pictures --output @/x.npy | @/notes holds no model;"
            + " expected a run (with checkpoints/), a checkpoint (model.index) or a SavedModel"
            + " (saved_model.pb, or numbered versions of one)",
        "features --model @/runs/first --data @/my_pictures --output @/no/x.npy | the folder of"
            + " --output @/no/x.npy does not exist: create @/no, or name another",
        "export --model @/notes --output @/x | no checkpoint in @/notes; give a run folder or a"
            + " checkpoint folder",
      })
  void aMistakeIsOneLineAndExitCode2(String commandLine, String message) {
    Run run = run(commandLine);
    assertEquals("dino: " + expand(message) + System.lineSeparator(), run.err);
    assertEquals("", run.out);
    assertEquals(2, run.exitCode);
    assertFalse(Files.exists(at("@/x")));
  }

  @ParameterizedTest
  @CsvSource({"model.index", "model.data-00000-of-00001"})
  void aDamagedCheckpointIsNamed(String file) throws IOException {
    Path damaged = copy(at("@/runs/first"), at("@/damaged " + file));
    Path checkpoint = damaged.resolve("checkpoints/step-00000002");
    truncate(checkpoint.resolve(file));
    for (String rest :
        List.of("features --data @/my_pictures --output @/x.npy", "export --output @/x")) {
      Run run = run(rest, "--model", damaged.toString());
      assertEquals(2, run.exitCode, run.err);
      assertEquals(1, run.err.lines().filter(line -> line.startsWith("dino: ")).count());
      assertContains(run.err, "dino: the checkpoint " + checkpoint + " cannot be read: ");
      assertContains(
          run.err, "; the checkpoint before it is " + damaged.resolve("checkpoints/step-00000001"));
    }
  }

  @Test
  void aDamagedSavedModelIsNamed() throws IOException {
    Path damaged = copy(at("@/savedmodels/first/1"), at("@/damaged model"));
    truncate(damaged.resolve("saved_model.pb"));
    Run cut = run("features --data @/my_pictures --output @/x.npy", "--model", damaged.toString());
    assertEquals(2, cut.exitCode, cut.err);
    assertContains(cut.err, "dino: " + damaged.resolve("saved_model.pb") + " has ");
    assertContains(cut.err, " bytes; the model card says ");

    Files.delete(damaged.resolve("MODEL.json"));
    Run run = run("features --data @/my_pictures --output @/x.npy", "--model", damaged.toString());
    assertEquals(2, run.exitCode, run.err);
    assertContains(run.err, "dino: the SavedModel " + damaged + " cannot be loaded: ");

    Files.delete(damaged.resolve("variables/variables.index"));
    Run incomplete =
        run("features --data @/my_pictures --output @/x.npy", "--model", damaged.toString());
    assertEquals(2, incomplete.exitCode, incomplete.err);
    assertContains(incomplete.err, "dino: the SavedModel " + damaged + " is incomplete: ");
  }

  private static void truncate(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), 20);
    }
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
    return to;
  }

  /** What a run left behind. */
  private record Run(int exitCode, String out, String err) {}

  /** Runs words between spaces, and more arguments that may hold spaces. */
  private static Run run(String words, String... more) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    PrintWriter printed = new PrintWriter(out, true);
    Train.Job job =
        (config, team, listeners) ->
            Training.run(config, team, listeners, at("@/savedmodels"), printed);
    List<String> arguments =
        Stream.concat(
                Splitter.on(' ').splitToStream(words).map(TrainCommandTest::expand),
                Stream.of(more))
            .toList();
    int exitCode =
        Dino.commands(job, false)
            .setOut(printed)
            .setErr(new PrintWriter(err, true))
            .execute(arguments.toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }

  private static String expand(String text) {
    return text.replace("@", directory.toString()).replace("my_pictures", "my pictures");
  }

  private static Path at(String path) {
    return Path.of(expand(path));
  }

  private static void assertContains(String text, String part) {
    assertTrue(text.contains(expand(part)), () -> expand(part) + " is not in:\n" + text);
  }
}
