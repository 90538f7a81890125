package org.dinojvm.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dinojvm.settings.Settings;
import org.dinojvm.settings.YamlSettings;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedNames;
import org.dinojvm.weights.network.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Weights that are NaN or infinite, in every kind of model. */
class FiniteWeightsTest {

  private static final Path CHECKPOINT = Resources.reference("checkpoint.pth");
  private static final Map<String, String> HEADS = Map.of("num_heads", "3");
  private static final String NORM = "backbone.blocks.1.norm1.weight";
  private static final String REFUSED = "1 weights are not finite (NaN or infinite): " + NORM;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aFileOfThemIsNeitherOpenedNorExported(float value) throws IOException {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.of(with(NORM, value), HEADS).write(file);
    assertProblem(file + ": " + REFUSED, () -> FeatureModel.open(file));
    Path output = folder.resolve("exported");
    assertProblem(
        REFUSED,
        () -> SavedModelExporter.export(ImportedTeacher.read(file, "teacher", HEADS), output));
    assertFalse(Files.exists(output));
  }

  @Test
  void aCheckpointOfThemIsNeitherOpenedNorExported() throws IOException {
    Path checkpoint = Files.createDirectory(folder.resolve("step-00000001"));
    bundle(checkpoint.resolve("model"), "teacher.", with(NORM, Float.NaN));
    ModelConfig config = ImportedTeacher.read(CHECKPOINT, "teacher", HEADS).config();
    Files.writeString(
        checkpoint.resolve("config.yaml"),
        YamlSettings.write(Settings.of(ModelConfig.class), config));
    assertProblem(
        "the checkpoint " + checkpoint + ": " + REFUSED, () -> FeatureModel.open(checkpoint));
    Path output = folder.resolve("exported");
    assertProblem(REFUSED, () -> SavedModelExporter.export(checkpoint, output));
    assertFalse(Files.exists(output));
  }

  @Test
  void aSavedModelOfThemIsNotOpened() throws IOException {
    Path model = export(CHECKPOINT);
    bundle(model.resolve("variables/variables"), "", with(NORM, Float.NaN));
    Files.delete(model.resolve("MODEL.json"));
    assertProblem(
        "the SavedModel " + model + " cannot be opened: " + REFUSED,
        () -> FeatureModel.open(model));
  }

  @Test
  void picturesThatAreNotFiniteAreSaidToBe() throws IOException {
    try (FeatureModel model = FeatureModel.open(export(CHECKPOINT));
        TFloat32 pixels = pixels(Float.NaN)) {
      String problem = "the pictures hold values that are not finite";
      assertProblem(problem, () -> model.features(pixels));
      assertProblem(problem, () -> model.attention(pixels));
    }
  }

  /** Each weight is finite, but not what is computed with them. */
  @Test
  void weightsThatAreTooLargeAreSaidToBe() throws IOException {
    Path file = folder.resolve("large.safetensors");
    Safetensors.of(with(NORM, 3e38f), HEADS).write(file);
    Path exported = export(file);
    try (FeatureModel model = FeatureModel.open(exported);
        TFloat32 pixels = pixels(0.5f)) {
      String problem =
          "the SavedModel " + exported + " gives values for images that are not finite";
      assertProblem(problem, () -> model.features(pixels));
    }
  }

  private Path export(Path file) throws IOException {
    return SavedModelExporter.export(
        ImportedTeacher.read(file, "teacher", HEADS), folder.resolve("model"));
  }

  private static Map<String, Weight> with(String name, float value) {
    Map<String, Weight> weights = new LinkedHashMap<>(WeightFile.read(CHECKPOINT).weights());
    float[] elements = weights.get(name).floats();
    elements[elements.length / 2] = value;
    weights.put(name, Weight.of(weights.get(name).shape(), elements));
    return weights;
  }

  private static TFloat32 pixels(float first) {
    float[] values = new float[32 * 32 * 3];
    values[0] = first;
    return TFloat32.tensorOf(Shape.of(1, 32, 32, 3), DataBuffers.of(values));
  }

  /** Writes weights as TensorFlow does. */
  private static void bundle(Path prefix, String scope, Map<String, Weight> published) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      List<String> keys = new ArrayList<>();
      List<Operand<?>> values = new ArrayList<>();
      PublishedNames.toProject(published)
          .forEach(
              (name, weight) -> {
                keys.add(scope + name);
                values.add(tf.constant(weight.shape(), DataBuffers.of(weight.floats())));
              });
      Op save =
          tf.train.save(
              tf.constant(prefix.toString()),
              tf.constant(NdArrays.vectorOfObjects(keys.toArray(String[]::new))),
              tf.fill(tf.constant(new int[] {keys.size()}), tf.constant("")),
              values);
      session.run(save);
    }
  }

  private interface Action {
    Object run() throws IOException;
  }

  private static void assertProblem(String expected, Action action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
  }
}
