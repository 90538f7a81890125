package org.dinojvm.weights.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.WeightNames;
import org.dinojvm.weights.torch.Pickles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

class WeightFileTest {
  private static final Weight ONE = Weight.of(Shape.of(1), new float[] {1});
  private static final Path CHECKPOINT = Resources.reference("checkpoint.pth");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"teacher", "student"})
  void checkpointEqualsTheFinalWeights(String network) {
    Map<String, Weight> weights = WeightFile.read(CHECKPOINT, network).weights();
    assertEquals(weightsUnder(network + ".", "train_adamw"), new LinkedHashMap<>(weights));
    assertEquals(50, weights.size());
    assertEquals("backbone.cls_token", weights.keySet().iterator().next());
  }

  @Test
  void takesTheTeacherUnlessTold() {
    assertEquals(WeightFile.read(CHECKPOINT, "teacher"), WeightFile.read(CHECKPOINT));
    String message =
        assertThrows(IllegalArgumentException.class, () -> WeightFile.read(CHECKPOINT, "teachr"))
            .getMessage();
    assertTrue(message.contains("no 'teachr', only [student, teacher, "), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"backbone.pth", "backbone_legacy.pth"})
  void aPlainBackboneGetsItsPrefix(String name) {
    Map<String, Weight> weights = WeightFile.read(Resources.reference(name)).weights();
    Map<String, Weight> teacher = new LinkedHashMap<>(WeightFile.read(CHECKPOINT).weights());
    assertEquals(42, weights.size());
    assertEquals(
        teacher.keySet().stream().filter(key -> !key.startsWith("head.")).toList(),
        List.copyOf(weights.keySet()));
  }

  /** The header's length is the file's first byte, here that of a pickle. */
  @Test
  void aHeaderOf128BytesIsNoPickle() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    int length = 0;
    while (Files.notExists(file) || Files.readAllBytes(file)[0] != (byte) 0x80) {
      Safetensors.of(Map.of("cls_token", ONE), Map.of("mean", "0".repeat(length++))).write(file);
    }
    assertEquals(ImmutableMap.of("backbone.cls_token", ONE), WeightFile.read(file).weights());
  }

  @Test
  void theExtensionDoesNotMatter() throws IOException {
    Path renamed = folder.resolve("weights.safetensors");
    Files.copy(CHECKPOINT, renamed);
    assertEquals(WeightFile.read(CHECKPOINT), WeightFile.read(renamed));
    Path safetensors = folder.resolve("weights.pth");
    Safetensors.of(WeightFile.read(CHECKPOINT).weights()).write(safetensors);
    assertEquals(WeightFile.read(CHECKPOINT).weights(), WeightFile.read(safetensors).weights());
  }

  @Test
  void huggingFaceNamesThereAndBack() throws IOException {
    ImmutableMap<String, Weight> teacher = WeightFile.read(CHECKPOINT).weights();
    ImmutableMap<String, Weight> huggingFace = WeightNames.HUGGINGFACE.of(teacher);
    assertEquals(
        Shape.of(48, 48),
        huggingFace.get("encoder.layer.2.attention.attention.key.weight").shape());
    assertTrue(huggingFace.containsKey("encoder.layer.0.attention.output.dense.bias"));

    Map<String, Weight> withMore = new LinkedHashMap<>();
    huggingFace.forEach((name, weight) -> withMore.put("vit." + name, weight));
    withMore.put("vit.pooler.dense.weight", ONE);
    withMore.put("classifier.bias", ONE);
    WeightFile read = WeightFile.read(written(withMore));
    assertEquals(
        WeightFile.read(Resources.reference("backbone.pth")).weights().keySet(),
        read.weights().keySet());
    read.weights().forEach((name, weight) -> assertEquals(teacher.get(name), weight, name));
    assertEquals(List.of("vit.pooler.dense.weight", "classifier.bias"), read.ignored());
  }

  @Test
  void huggingFaceNeedsQueryKeyAndValue() throws IOException {
    Map<String, Weight> weights =
        new LinkedHashMap<>(WeightNames.HUGGINGFACE.of(WeightFile.read(CHECKPOINT).weights()));
    weights.remove("encoder.layer.1.attention.attention.query.weight");
    Path file = written(weights);
    String message =
        assertThrows(IllegalArgumentException.class, () -> WeightFile.read(file)).getMessage();
    assertTrue(
        message.contains("encoder.layer.1.attention.attention.query.weight is missing"), message);
  }

  @Test
  void classifiersOfOthersAreIgnoredByName() throws IOException {
    WeightFile read =
        WeightFile.read(
            written(ImmutableMap.of("module.conv1.weight", ONE, "module.fc.weight", ONE)));
    assertEquals(List.of("backbone.conv1.weight"), List.copyOf(read.weights().keySet()));
    assertEquals(List.of("fc.weight"), read.ignored());
  }

  @Test
  void laterWeightNormGetsItsFirstNames() throws IOException {
    Map<String, Weight> weights =
        WeightFile.read(
                written(
                    ImmutableMap.of(
                        "backbone.cls_token", ONE,
                        "head.last_layer.parametrizations.weight.original0", ONE,
                        "head.last_layer.parametrizations.weight.original1", ONE)))
            .weights();
    assertEquals(
        List.of("backbone.cls_token", "head.last_layer.weight_g", "head.last_layer.weight_v"),
        List.copyOf(weights.keySet()));
  }

  @Test
  void refusesWhatHoldsNoWeights() throws IOException {
    Path text = folder.resolve("text.pth");
    Files.writeString(text, "these are not weights, but a line of text\n");
    assertTrue(problem(text).contains("not a safetensors file"), problem(text));
    Path list = folder.resolve("list.pth");
    Files.write(list, Pickles.inZip(Pickles.of("]K\u0001a.")));
    assertTrue(
        problem(list).contains("expected weights by name, found a list of 1"), problem(list));
    Path empty = folder.resolve("empty.pth");
    Files.write(empty, new byte[0]);
    assertTrue(problem(empty).contains("truncated: the file has 0 bytes, take it"), problem(empty));
    Path classifier = written(ImmutableMap.of("fc.weight", ONE, "fc.bias", ONE));
    assertTrue(
        problem(classifier).contains("a classifier alone (fc.weight, fc.bias)"),
        problem(classifier));
    Path values = Resources.file("torch_values.pth");
    assertTrue(problem(values).contains("found a map of"), problem(values));
  }

  /** 100 tensors over the same 4,000 bytes; tied weights alone are a few. */
  @Test
  void refusesATorrentOfViewsOfOneStorage() throws IOException {
    StringBuilder pickle = new StringBuilder("}(");
    for (int i = 0; i < 100; i++) {
      pickle.append("X\u0003\u0000\u0000\u0000").append(100 + i);
      pickle.append("ctorch._utils\n_rebuild_tensor_v2\n");
      pickle.append("((X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\n");
      pickle.append("X\u0001\u0000\u0000\u00000X\u0003\u0000\u0000\u0000cpuM\u00e8\u0003tQK\u0000");
      pickle.append("M\u00e8\u0003\u0085K\u0001\u0085\u0089NtR");
    }
    Path bomb = folder.resolve("bomb.pth");
    Files.write(
        bomb,
        Pickles.inZip(
            ImmutableMap.of("data.pkl", Pickles.of(pickle + "u."), "data/0", new byte[4 * 1000])));
    assertTrue(
        problem(bomb).contains("the weights take 400000 bytes, over 4 times"), problem(bomb));
  }

  private static String problem(Path file) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> WeightFile.read(file)).getMessage();
    assertTrue(message.startsWith(file + ": "), message);
    return message;
  }

  private Path written(Map<String, Weight> weights) throws IOException {
    Path file = folder.resolve("written.safetensors");
    Safetensors.of(weights).write(file);
    return file;
  }

  private static Map<String, Weight> weightsUnder(String prefix, String reference) {
    Map<String, Weight> weights = new LinkedHashMap<>();
    Safetensors.read(Resources.reference(reference + ".safetensors"))
        .tensors()
        .forEach(
            (name, weight) -> {
              if (name.startsWith(prefix)) {
                weights.put(name.substring(prefix.length()), weight);
              }
            });
    return weights;
  }
}
