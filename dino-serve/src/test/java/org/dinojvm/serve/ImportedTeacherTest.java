package org.dinojvm.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.WeightNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

class ImportedTeacherTest {

  private static final Path CHECKPOINT = Resources.reference("checkpoint.pth");
  private static final Safetensors FORWARD =
      Safetensors.read(Resources.reference("vit_forward.safetensors"));
  private static final Map<String, String> HEADS =
      Map.of("num_heads", FORWARD.metadata().get("num_heads"));

  @TempDir Path folder;

  /** The weights of a small network and what PyTorch computes with them. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "prefixed", "module", "huggingface"})
  void anImportedNetworkGivesTheFeaturesOfPyTorch(String names) throws IOException {
    Path file = write(named(names, forwardWeights()));
    Path version =
        SavedModelExporter.export(
            ImportedTeacher.read(file, "teacher", HEADS), folder.resolve("model"));
    try (FeatureModel model = FeatureModels.open(version)) {
      for (String input : new String[] {"square", "small", "wide"}) {
        Weight image = FORWARD.tensor(input + ".image_nchw");
        try (TFloat32 pixels = pixels(image, ModelConfig.of(Map.of()));
            TFloat32 features = model.features(pixels)) {
          float[] expected = FORWARD.tensor(input + ".cls").floats();
          float[] actual = new float[expected.length];
          features.asRawTensor().data().asFloats().read(actual);
          assertArrayEquals(expected, actual, 2e-4f, input);
        }
      }
      assertThrows(
          UnsupportedOperationException.class,
          () -> ((SessionFeatureModel) model).call("projection", null));
    }
    String card = Files.readString(version.resolve("MODEL.md"));
    assertTrue(card.contains("Imported from `weights.safetensors`"), card);
    assertFalse(card.contains("## Recipe"), card);
  }

  @Test
  void theShapeOfTheNetworkIsReadFromItsWeights() {
    ImportedTeacher teacher = ImportedTeacher.read(CHECKPOINT, "student", Map.of("num_heads", "3"));
    ModelConfig config = teacher.config();
    assertTrue(teacher.hasHead());
    assertEquals(8, config.backbone().patchSize());
    assertEquals(48, config.createBackbone().embedDim());
    assertEquals(3, config.backbone().depth());
    assertEquals(3, config.backbone().numHeads());
    assertEquals(32, config.evalView().evalCropSize());
    assertEquals(64, config.head().headHiddenDim());
    assertEquals(32, config.head().headBottleneckDim());
    assertEquals(96, config.head().outDim());
    assertFalse(config.head().useBnInHead());
  }

  @ParameterizedTest
  @CsvSource({"192, 16, vit_tiny, 3", "384, 16, vit_small, 6", "768, 8, vit_base, 12"})
  void publishedWidthsHaveTheirNamesAndHeads(int width, int patch, String arch, int heads)
      throws IOException {
    ModelConfig config = ImportedTeacher.read(write(stub(width, patch)), "", Map.of()).config();
    assertEquals(arch, config.backbone().arch());
    assertEquals(patch, config.backbone().patchSize());
    assertEquals(heads, config.backbone().numHeads());
    assertEquals(224, config.evalView().evalCropSize());
    assertEquals(256, config.evalView().evalResizeSize());
  }

  @Test
  void resNetsAreKnownByTheirStages() throws IOException {
    Map<String, Weight> weights = new LinkedHashMap<>();
    weights.put("conv1.weight", zeros(64, 3, 7, 7));
    weights.put("layer1.0.conv3.weight", zeros(256, 64, 1, 1));
    weights.put("layer3.5.conv1.weight", zeros(256, 1024, 1, 1));
    weights.put("fc.weight", zeros(10, 2048));
    ImportedTeacher teacher = ImportedTeacher.read(write(weights), "teacher", Map.of());
    assertEquals("resnet50", teacher.config().backbone().arch());
    assertEquals("[fc.weight]", teacher.weights().ignored().toString());
    String message = problem(() -> SavedModelExporter.export(teacher, folder.resolve("model")));
    assertTrue(message.contains("weights are missing: backbone.bn1.weight, "), message);
    assertFalse(Files.exists(folder.resolve("model")));
  }

  @Test
  void theNumberOfHeadsMustBeKnown() throws IOException {
    assertEquals(
        CHECKPOINT
            + ": weights do not tell the number of attention heads, and 48 features are no multiple"
            + " of the usual 64 a head: give --num_heads",
        problem(() -> ImportedTeacher.read(CHECKPOINT, "teacher", Map.of())));

    Path file = write(named("huggingface", forwardWeights()));
    Files.writeString(folder.resolve("config.json"), "{\"num_attention_heads\": 6}");
    assertEquals(6, ImportedTeacher.read(file, "", Map.of()).config().backbone().numHeads());
    Files.writeString(folder.resolve("config.json"), "{\"num_atten");
    assertEquals(
        file + ": config.json beside it is not valid JSON",
        problem(() -> ImportedTeacher.read(file, "", Map.of())));
  }

  @Test
  void missingAndUnknownWeightsAreListed() throws IOException {
    Map<String, Weight> weights = new LinkedHashMap<>(forwardWeights());
    weights.remove("blocks.1.mlp.fc1.bias");
    weights.remove("norm.weight");
    weights.put("blocks.0.gamma_1", zeros(48));
    Path file = write(weights);
    ImportedTeacher teacher = ImportedTeacher.read(file, "", HEADS);
    String message = problem(() -> SavedModelExporter.export(teacher, folder.resolve("model")));
    assertTrue(message.startsWith(file + ": 2 of the network's "), message);
    assertTrue(
        message.endsWith(
            "are missing: backbone.blocks.1.mlp.fc1.bias, backbone.norm.weight; not known are"
                + " backbone.blocks.0.gamma_1; the file is damaged or mixed up: take it anew from where"
                + " it was published"),
        message);
  }

  @Test
  void otherArchitecturesAreRefused() {
    Map<String, Weight> odd = new LinkedHashMap<>();
    odd.put("embedder.convolution.weight", zeros(4, 3, 2, 2));
    assertTrue(
        problem(() -> ImportedTeacher.read(write(odd), "", Map.of()))
            .contains(
                "found 1 weights, such as backbone.embedder.convolution.weight; give the file of"));

    Map<String, Weight> linear = new LinkedHashMap<>();
    linear.put("module.linear.weight", zeros(1000, 1536));
    linear.put("module.linear.bias", zeros(1000));
    assertTrue(
        problem(() -> ImportedTeacher.read(write(linear), "", Map.of()))
            .contains("a linear classifier F32[1000, 1536] on top of features, no backbone"));

    Map<String, Weight> oblong = stub(384, 16);
    oblong.put("pos_embed", zeros(1, 1 + 14 * 13, 384));
    assertTrue(
        problem(() -> ImportedTeacher.read(write(oblong), "", Map.of()))
            .contains("pos_embed is [1, 183, 384]; expected [1, 1 + n·n, features]"));
  }

  /** A network of a thousand blocks would take long to build, only to find that it has none. */
  @Test
  void aBlockWithoutThoseBeforeItIsRefused() throws IOException {
    Map<String, Weight> odd = stub(384, 16);
    odd.put("blocks.998.norm1.weight", zeros(384));
    assertTrue(
        problem(() -> ImportedTeacher.read(write(odd), "", Map.of()))
            .contains("13 blocks have weights, but block 12 has none"));
  }

  // ---------------------------------------------------------------- weights

  private static ImmutableMap<String, Weight> forwardWeights() {
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    FORWARD
        .tensors()
        .forEach(
            (name, weight) -> {
              if (name.startsWith("weights.")) {
                weights.put(name.substring("weights.".length()), weight);
              }
            });
    return weights.buildOrThrow();
  }

  private static Map<String, Weight> named(String names, Map<String, Weight> plain) {
    Map<String, Weight> prefixed = new LinkedHashMap<>();
    plain.forEach((name, weight) -> prefixed.put("backbone." + name, weight));
    Map<String, Weight> module = new LinkedHashMap<>();
    prefixed.forEach((name, weight) -> module.put("module." + name, weight));
    return switch (names) {
      case "plain" -> plain;
      case "prefixed" -> prefixed;
      case "module" -> module;
      default -> WeightNames.HUGGINGFACE.of(prefixed);
    };
  }

  /** Just enough of a Vision Transformer for its shape to be known. */
  private static Map<String, Weight> stub(int width, int patch) {
    int grid = 224 / patch;
    Map<String, Weight> weights = new LinkedHashMap<>();
    weights.put("pos_embed", zeros(1, 1 + grid * grid, width));
    weights.put("patch_embed.proj.weight", zeros(width, 3, patch, patch));
    for (int block = 0; block < 12; block++) {
      weights.put("blocks." + block + ".norm1.weight", zeros(width));
    }
    return weights;
  }

  private static Weight zeros(long... shape) {
    Shape sizes = Shape.of(shape);
    return Weight.of(sizes, new float[(int) sizes.size()]);
  }

  private Path write(Map<String, Weight> weights) throws IOException {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.of(weights).write(file);
    return file;
  }

  /** Pixels in 0…1 that normalize to an image [N, 3, H, W]; to [N, H, W, 3]. */
  private static TFloat32 pixels(Weight nchw, ModelConfig config) {
    Weight nhwc = nchw.permuted(0, 2, 3, 1);
    float[] values = nhwc.floats();
    float[] mean = config.normalization().mean().toArray();
    float[] std = config.normalization().std().toArray();
    return TFloat32.tensorOf(
        nhwc.shape(),
        tensor -> {
          for (int i = 0; i < values.length; i++) {
            values[i] = values[i] * std[i % 3] + mean[i % 3];
          }
          tensor.asRawTensor().data().asFloats().write(values);
        });
  }

  private static String problem(org.junit.jupiter.api.function.Executable executable) {
    return assertThrows(IllegalArgumentException.class, executable).getMessage();
  }
}
