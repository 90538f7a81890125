package org.dinojvm.examples.extending;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.data.source.ClipArt;
import org.dinojvm.model.family.BackboneFamily.Recognized;
import org.dinojvm.model.family.Backbones;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.SavedModelExporter;
import org.dinojvm.train.Trainer;
import org.dinojvm.train.config.TrainConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** The extensions of docs/extending.md do what built-in ones do, by their lines in META-INF. */
class ExtendingTest {

  private static final Path ROOT = Path.of("../..");

  @TempDir static Path folder;

  private static TrainConfig config;
  private static Path checkpoint;

  @BeforeAll
  static void train() throws IOException {
    ClipArt.extractTo(folder.resolve("clipart"));
    config =
        TrainConfig.defaults("align_uniform")
            .with(Map.of("arch", "patch_mlp", "patch_size", 8, "sphere_dim", 16))
            .with(Map.of("global_crops_size", 32, "eval_crop_size", 32, "eval_resize_size", 36))
            .with(Map.of("batch_size_per_gpu", 64, "epochs", 2, "warmup_epochs", 0, "lr", 0.01))
            .with(Map.of("log_every_steps", 1, "tensorboard", false))
            .with(Map.of("data_path", folder.resolve("clipart/val").toString()))
            .with(Map.of("output_dir", folder.resolve("run").toString()));
    checkpoint = new Trainer(config, List.of()).run();
  }

  private static List<JsonNode> log() throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("run/log.jsonl"))) {
      lines.add(json.readTree(line));
    }
    return lines;
  }

  @Test
  void theMethodBringsItsDefaults() {
    assertEquals(0, config.views().localCropsNumber());
    assertEquals(1.0, ((AlignUniform) config.objective()).uniformWeight());
  }

  @Test
  void itsNumbersAreLoggedByTheirNames() throws IOException {
    List<JsonNode> lines = log();
    assertEquals(8, lines.size());
    for (JsonNode line : lines) {
      double sum = line.get("alignment").asDouble() + line.get("uniformity").asDouble();
      assertEquals(line.get("loss").asDouble(), sum, 1e-5);
      assertFalse(line.has("teacher_entropy"));
      assertFalse(line.has("momentum"));
    }
    assertTrue(lines.get(7).get("loss").asDouble() < lines.get(0).get("loss").asDouble());
  }

  @Test
  void aRunWithoutATeacherIsResumedToTheSameWeights() throws IOException {
    Path again = folder.resolve("again");
    TrainConfig half =
        config.with(Map.of("output_dir", again.toString(), "checkpoint_every_steps", 1));
    Path end = new Trainer(half, List.of()).run();
    Path data = Path.of("model.data-00000-of-00001");
    assertEquals(-1, Files.mismatch(checkpoint.resolve(data), end.resolve(data)));
  }

  @Test
  void theStudentIsWhatIsExportedWhereThereIsNoTeacher() throws IOException {
    Path version = SavedModelExporter.export(checkpoint, folder.resolve("model"));
    try (FeatureModel model = FeatureModel.open(version)) {
      assertEquals("patch_mlp", model.info().arch());
      assertEquals(64, model.info().embedDim());
    }
  }

  @Test
  void weightsOfTheBackboneAreRecognized() {
    Map<String, Shape> weights = Map.of("patch_mlp.fc1.weight", Shape.of(64, 192));
    Recognized recognized = Backbones.family("patch_mlp").recognize(weights).orElseThrow();
    assertEquals(new PatchMlp(8, 64), recognized.with(0).create(32));
  }

  /** So that what is written there compiles and runs. */
  @Test
  void theCodeInTheDocumentationIsThisCode() throws IOException {
    String text = Files.readString(ROOT.resolve("docs/extending.md"));
    Matcher blocks =
        Pattern.compile("`([\\w/.-]+\\.java)`[^`]*```java\\n(.*?)```", Pattern.DOTALL)
            .matcher(text);
    int count = 0;
    while (blocks.find()) {
      String source = Files.readString(ROOT.resolve(blocks.group(1)));
      assertTrue(
          source.contains(blocks.group(2)), blocks.group(1) + " has other code than the page");
      count++;
    }
    assertEquals(4, count);
  }
}
