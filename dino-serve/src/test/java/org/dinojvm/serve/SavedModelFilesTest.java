package org.dinojvm.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.dinojvm.weights.Resources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exports of which a file was damaged, changed or replaced. */
class SavedModelFilesTest {

  private static final String GRAPH = "saved_model.pb";

  @TempDir static Path directory;

  private static Path model;
  private Path changed;
  private byte[] original;

  @BeforeAll
  static void export() throws IOException {
    ImportedTeacher teacher =
        ImportedTeacher.read(
            Resources.reference("checkpoint.pth"), "teacher", Map.of("num_heads", "3"));
    model = SavedModelExporter.export(teacher, directory.resolve("model"));
  }

  @AfterEach
  void putBack() throws IOException {
    if (changed != null) {
      Files.write(changed, original);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        GRAPH,
        "variables/variables.index",
        "variables/variables.data-00000-of-00001",
        "assets.extra/tf_serving_warmup_requests"
      })
  void aFileThatIsNotTheOneOfTheCardIsNamed(String name) throws IOException {
    byte[] content = Files.readAllBytes(model.resolve(name));
    content[content.length / 2] ^= 1;
    change(name, content);
    assertEquals(
        changed
            + " was changed or damaged: its SHA-256 is not the one in the model card. Copy or export"
            + " the model once more",
        problem());
  }

  @Test
  void aDamagedGraphWithoutACardIsRefusedInOneLine() throws IOException {
    change("MODEL.json", "{}".getBytes(UTF_8));
    Path graph = model.resolve(GRAPH);
    byte[] whole = Files.readAllBytes(graph);
    try {
      Files.write(graph, Arrays.copyOf(whole, whole.length / 2));
      assertEquals(
          "the SavedModel "
              + model
              + " cannot be loaded: its saved_model.pb is damaged, it cannot be parsed",
          problem());
    } finally {
      Files.write(graph, whole);
    }
  }

  /** What TensorFlow itself finds, not the card and not the check of the graph. */
  @Test
  void damagedWeightsWithoutACardAreRefusedInOneLine() throws IOException {
    change("MODEL.json", "{}".getBytes(UTF_8));
    Path weights = model.resolve("variables/variables.data-00000-of-00001");
    byte[] whole = Files.readAllBytes(weights);
    byte[] damaged = whole.clone();
    damaged[damaged.length / 2] ^= 1;
    try {
      Files.write(weights, damaged);
      String problem = problem();
      assertTrue(problem.startsWith("the SavedModel " + model + " cannot be opened: "), problem);
      assertTrue(problem.contains("Checksum does not match"), problem);
    } finally {
      Files.write(weights, whole);
    }
  }

  /** Hashing a file elsewhere would tell whether it exists, and could wait for a pipe for ever. */
  @Test
  void aCardThatListsAFileElsewhereIsRefused() throws IOException {
    change("MODEL.json", "{\"files\": {\"../../etc/passwd\": {\"bytes\": 1}}}".getBytes(UTF_8));
    assertEquals(
        changed + " cannot be read: it lists '../../etc/passwd', which is not in the folder",
        problem());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "null",
        "[]",
        "{\"arch\": \"vit_tiny\", \"patchSize\": 8, \"embedDim\": 48, \"numHeads\": 3,"
            + " \"imageSize\": 2000000000, \"resizeSize\": 32}"
      })
  void aDescriptionThatIsNoneIsRefused(String json) throws IOException {
    change("assets.extra/model.json", json.getBytes(UTF_8));
    assertTrue(problem().contains("model.json"), problem());
  }

  private void change(String name, byte[] content) throws IOException {
    changed = model.resolve(name);
    original = Files.readAllBytes(changed);
    Files.write(changed, content);
  }

  private static String problem() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> FeatureModel.open(model)).getMessage();
    assertFalse(message.contains("\n"), message);
    return message;
  }
}
