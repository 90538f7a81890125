package org.dinojvm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.dinojvm.data.PictureFiles;
import org.dinojvm.data.source.ImageFolder;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.FeatureExtractor;
import org.dinojvm.eval.LabelledPictures;
import org.dinojvm.eval.TinyFeatureModel;
import org.dinojvm.eval.knn.KnnClassifier.Score;
import org.dinojvm.eval.knn.PlainKnn;
import org.dinojvm.serve.FeatureModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands over a model, run as a user runs them. */
class EvaluationCommandsTest {

  @TempDir Path directory;

  private Path train;
  private Path val;

  @BeforeEach
  void writePictures() throws Exception {
    train = directory.resolve("train");
    val = directory.resolve("val");
    for (int i = 0; i < 4; i++) {
      PictureFiles.disc(train.resolve("blue discs/" + i + ".png"), Color.BLUE, 60 + i, 60);
      PictureFiles.disc(train.resolve("rot/käfer " + i + ".png"), Color.RED, 60, 60 + i);
      PictureFiles.disc(train.resolve("schwarz/" + i + ".png"), Color.BLACK, 60 + i, 60 + i);
    }
    PictureFiles.disc(val.resolve("rot/5.png"), Color.RED, 64, 64);
    PictureFiles.disc(val.resolve("schwarz/5.png"), Color.BLACK, 64, 64);
  }

  @Test
  void knnPrintsATable() {
    Run run =
        run(
            new KnnCommand(TinyFeatureModel::open),
            "--train",
            train,
            "--val",
            val,
            "--k",
            "1,20",
            "--baseline");

    assertEquals(0, run.exitCode, run.err);
    List<String> lines = run.out.lines().toList();
    assertEquals(
        "weighted k-NN, T 0.07: 2 validation pictures by 12 training pictures of 3 classes",
        lines.get(0));
    assertEquals("features                 k  top-1 %  top-5 %", lines.get(2));
    assertEquals("model                    1    100.0    100.0", lines.get(3));
    assertEquals(
        "model                   20    100.0    100.0   (there are only 12 to vote)", lines.get(4));
    assertEquals("raw_pixels               1    100.0    100.0", lines.get(5));
  }

  @Test
  void knnPrintsJsonAndLeavesOneOutWithoutValidation() throws Exception {
    Run run = run(new KnnCommand(TinyFeatureModel::open), "--train", train, "--k", "3", "--json");

    assertEquals(0, run.exitCode, run.err);
    JsonNode result = new ObjectMapper().readTree(run.out);
    assertEquals(1, run.out.lines().count());
    assertEquals(12, result.get("train_pictures").asInt());
    assertTrue(result.get("leave_one_out").asBoolean());
    assertEquals(3, result.at("/scores/model/0/k").asInt());
    assertEquals(100, result.at("/scores/model/0/top1").asDouble());
  }

  @Test
  void knnNamesAValidationClassThatTrainingLacks() throws Exception {
    PictureFiles.disc(val.resolve("grün/1.png"), Color.GREEN, 40, 40);
    Run run = run(new KnnCommand(TinyFeatureModel::open), "--train", train, "--val", val);
    assertEquals(
        "class \"grün\" of %s is none of the classes of %s: blue discs, rot, schwarz"
            .formatted(val, train),
        run.mistake);
  }

  @Test
  void evaluateKnnPrintsTheTableOfKnn() {
    String[] pictures = {"--train", train.toString(), "--val", val.toString(), "--k", "1,20"};
    Run knn = run(new KnnCommand(TinyFeatureModel::open), (Object[]) pictures);
    Run evaluate = evaluate("knn", (Object[]) pictures);

    assertEquals(0, evaluate.exitCode, evaluate.err);
    assertEquals(knn.out, evaluate.out);
  }

  /** The numbers against the plain vote in double precision. */
  @Test
  void evaluateKnnGivesTheNumbersOfThePlainVote() throws Exception {
    PictureFiles.disc(val.resolve("rot/6.png"), Color.ORANGE, 90, 30);
    PictureFiles.disc(val.resolve("schwarz/6.png"), Color.DARK_GRAY, 30, 90);
    PictureFiles.disc(val.resolve("schwarz/7.png"), Color.RED, 30, 60);
    Run run =
        evaluate("knn", "--train", train, "--val", val, "--k", "1,7", "--temperature=1", "--json");

    assertEquals(0, run.exitCode, run.err);
    JsonNode result = new ObjectMapper().readTree(run.out);
    assertEquals("tiny", result.get("model").asText());
    assertEquals("knn", result.get("evaluation").asText());
    assertEquals("1,7", result.at("/settings/k").asText());
    assertEquals(12, result.get("pictures").asInt());
    LabelledPictures voters = LabelledPictures.of(ImageFolder.scan(train));
    LabelledPictures asked = LabelledPictures.of(ImageFolder.scan(val)).relabelledLike(voters);
    try (FeatureModel model = new TinyFeatureModel()) {
      FeatureExtractor extractor = new FeatureExtractor(model, Progress.NONE);
      for (int k : new int[] {1, 7}) {
        Score expected =
            PlainKnn.score(
                extractor.extract(voters.pictures()),
                voters.labels().toArray(),
                extractor.extract(asked.pictures()),
                asked.labels().toArray(),
                3,
                k,
                1);
        assertEquals(expected.top1(), result.at("/numbers/top1_k" + k).asDouble());
        assertEquals(expected.top5(), result.at("/numbers/top5_k" + k).asDouble());
        assertTrue(expected.top1() < 100, "too easy to tell anything");
      }
    }
  }

  @Test
  void evaluateKnowsWhatIsOnTheClassPathAndNeedsNoLabelsForAll() throws Exception {
    Path unlabelled = directory.resolve("unlabelled");
    PictureFiles.disc(unlabelled.resolve("1.png"), Color.BLUE, 60, 60);
    PictureFiles.disc(unlabelled.resolve("2.png"), Color.RED, 60, 60);

    Run run = evaluate("uniformity", "--train", unlabelled, "--t", "0.5");
    assertEquals(0, run.exitCode, run.err);
    assertTrue(run.out.matches("uniformity +-\\d\\.\\d+\\R"), run.out);
    assertEquals(
        "%s has no classes: lay its pictures out as %s/<class>/<picture>"
            .formatted(unlabelled, unlabelled),
        evaluate("knn", "--train", unlabelled).mistake);
  }

  @Test
  void evaluateWritesPictures() throws Exception {
    Path pictures = directory.resolve("pages/new");
    Run run = evaluate("attention", "--train", train, "--count", "2", "--pictures", pictures);
    assertEquals(0, run.exitCode, run.err);
    assertEquals("", run.out);
    assertEquals(
        24 + 30 + 2 * 168 - 8 + 24,
        ImageIO.read(pictures.resolve("attention.png").toFile()).getHeight());
    assertEquals(
        "attention draws pictures and gives no numbers: say where they go, --pictures DIR",
        evaluate("attention", "--train", train).mistake);
  }

  @Test
  void featuresWritesRowsAndPathsAndSaysWhatItSkipped() throws Exception {
    Files.writeString(val.resolve("notes.txt"), "no picture");
    Path output = directory.resolve("features.npy");

    Run run = run(new FeaturesCommand(TinyFeatureModel::open), "--data", val, "--output", output);

    assertEquals(0, run.exitCode, run.err);
    assertEquals(
        "%s: 2 pictures × 48 features, float32; paths in %s, classes in %s"
            .formatted(
                output,
                directory.resolve("features.txt"),
                directory.resolve("features.labels.txt")),
        run.out.strip());
    assertTrue(run.err.startsWith("skipped " + val.resolve("notes.txt")), run.err);
    assertEquals(128 + 2 * 48 * Float.BYTES, Files.size(output));
    assertEquals(
        List.of(val.resolve("rot/5.png").toString(), val.resolve("schwarz/5.png").toString()),
        Files.readAllLines(directory.resolve("features.txt")));
  }

  @Test
  void featuresReplacesOnlyWhenTold() throws Exception {
    Path output = Files.writeString(directory.resolve("features.npy"), "precious");
    FeaturesCommand command = new FeaturesCommand(TinyFeatureModel::open);

    Run refused = run(command, "--data", val, "--output", output);
    assertEquals(
        output + " exists: add --overwrite to replace it, or name another", refused.mistake);
    assertEquals("precious", Files.readString(output));

    assertEquals(0, run(command, "--data", val, "--output", output, "--overwrite").exitCode);
    assertEquals(128 + 2 * 48 * Float.BYTES, Files.size(output));
  }

  @Test
  void outputsNeedAFolderAndTheirExtension() {
    FeaturesCommand features = new FeaturesCommand(TinyFeatureModel::open);
    Path nowhere = directory.resolve("nowhere/features.npy");
    assertEquals(
        "the folder of --output %s does not exist: create %s, or name another"
            .formatted(nowhere, nowhere.getParent()),
        run(features, "--data", val, "--output", nowhere).mistake);
    assertEquals(
        "--output page.jpg must end in .png",
        run(new AttentionCommand(TinyFeatureModel::open), "--data", val, "--output", "page.jpg")
            .mistake);
  }

  @Test
  void attentionDrawsAPage() throws Exception {
    Path output = directory.resolve("gallery.png");
    Run run =
        run(
            new AttentionCommand(TinyFeatureModel::open),
            "--data",
            train,
            "--output",
            output,
            "--count",
            "3");
    assertEquals(0, run.exitCode, run.err);
    assertEquals(output + ": 3 pictures, 3 heads, seen at 64 × 64 pixels", run.out.strip());
    assertEquals(24 + 30 + 3 * 168 - 8 + 24, ImageIO.read(output.toFile()).getHeight());
  }

  @Test
  void neighboursDrawsAPage() throws Exception {
    Path output = directory.resolve("page.png");
    NeighboursCommand command = new NeighboursCommand(TinyFeatureModel::open);
    Run run = run(command, "--train", train, "--val", val, "--output", output, "--k", "4");
    assertEquals(0, run.exitCode, run.err);
    assertEquals(output + ": 2 pictures with 4 neighbours of 12", run.out.strip());
    assertEquals(24 + 168 + 5 * 168 - 8 + 24, ImageIO.read(output.toFile()).getWidth());

    assertEquals(
        "cannot find 13 neighbours among 12 rows: 1 to 12 are possible",
        run(command, "--train", train, "--val", val, "--output", output, "--k", "13").mistake);
  }

  /** What a run left behind; the mistake is null where there was none. */
  private record Run(int exitCode, String out, String err, String mistake) {}

  private static Run evaluate(String name, Object... arguments) {
    return run(EvaluateCommand.all(TinyFeatureModel::open), List.of(name), arguments);
  }

  private static Run run(Callable<Integer> command, Object... arguments) {
    return run(new CommandLine(command), List.of(), arguments);
  }

  private static Run run(CommandLine command, List<String> name, Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> mistakes = new ArrayList<>();
    CommandLine commandLine =
        command
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setExecutionExceptionHandler(
                (e, ignored, parsed) -> {
                  if (e instanceof IllegalArgumentException) {
                    mistakes.add(e.getMessage());
                    return 2;
                  }
                  throw e;
                });
    List<String> words = new ArrayList<>(name);
    words.addAll(List.of("--model", "tiny"));
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    int exitCode = commandLine.execute(words.toArray(String[]::new));
    return new Run(
        exitCode, out.toString(), err.toString(), mistakes.isEmpty() ? null : mistakes.get(0));
  }
}
