package org.dinojvm.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.Interpolation;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.types.TFloat32;

/** Files of DINOv2, DINOv3 and iBOT as models. */
class ImportedVitTest {

  @TempDir Path folder;

  /** Small networks: what PyTorch computed with their weights. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dinov2",
        "dinov2_registers",
        "dinov2_swiglu",
        "dinov3",
        "dinov3_swiglu",
        "ibot_vit"
      })
  void anImportedNetworkGivesWhatPyTorchDoes(String name) throws IOException {
    Safetensors file = reference(name);
    Map<String, String> heads = Map.of("num_heads", file.metadata().get("num_heads"));
    Path weights = write(weights(file));
    Path version =
        SavedModelExporter.export(ImportedTeacher.read(weights, "teacher", heads), models());
    try (SessionFeatureModel model = FeatureModels.openSession(version, Trust.CHECKED)) {
      for (String input : List.of("square", "other", "wide")) {
        try (TFloat32 pixels = pixels(file.tensor(input + ".image_nchw"))) {
          assertClose(file.tensor(input + ".cls").floats(), model.call("images", pixels));
          assertClose(file.tensor(input + ".patch_tokens").floats(), model.call("tokens", pixels));
          assertClose(fromClassToken(file, input), model.call("attention", pixels));
        }
      }
    }
  }

  /** bfloat16 has 8 bits: features are PyTorch's to about 1 %, and not to less than 0.01 %. */
  @ParameterizedTest
  @ValueSource(strings = {"dinov2_registers", "dinov2_swiglu", "dinov3", "ibot_vit"})
  void anExportInBfloat16ComputesInIt(String name) throws IOException {
    Safetensors file = reference(name);
    Map<String, String> heads = Map.of("num_heads", file.metadata().get("num_heads"));
    ImportedTeacher teacher = ImportedTeacher.read(write(weights(file)), "teacher", heads);
    Path version =
        SavedModelExporter.export(teacher, models(), ExportOptions.PLAIN.in(Precision.BF16));
    try (SessionFeatureModel model = FeatureModels.openSession(version, Trust.CHECKED);
        TFloat32 pixels = pixels(file.tensor("wide.image_nchw"))) {
      assertEquals(Precision.BF16, model.info().precision());
      double error = relativeError(file.tensor("wide.cls").floats(), model.features(pixels));
      assertTrue(error > 1e-4 && error < 2e-2, name + ": " + error);
      assertEquals(
          teacher.weights().weights().keySet().size(), model.weights().size(), "stored weights");
      Path exact = SavedModelExporter.export(teacher, models().resolve("exact"));
      try (SessionFeatureModel float32 = FeatureModels.openSession(exact, Trust.CHECKED)) {
        assertEquals(float32.fingerprint(), model.fingerprint(), "an index is good for both");
      }
    }
  }

  /** Length of the difference by that of what is expected. */
  private static double relativeError(float[] expected, TFloat32 actual) {
    double difference = 0;
    double length = 0;
    try (actual) {
      float[] numbers = numbers(actual);
      for (int i = 0; i < expected.length; i++) {
        difference += Math.pow(numbers[i] - expected[i], 2);
        length += Math.pow(expected[i], 2);
      }
    }
    return Math.sqrt(difference / length);
  }

  /** Attention of the class token over the patches, [B, N, h·w]. */
  private static float[] fromClassToken(Safetensors file, String input) {
    Weight all = file.tensor(input + ".last_attention"); // [B, N, T, T]
    int patches = (int) file.tensor(input + ".patch_tokens").shape().get(1);
    int tokens = (int) all.shape().get(3);
    int maps = (int) (all.shape().get(0) * all.shape().get(1));
    float[] values = all.floats();
    float[] rows = new float[maps * patches];
    for (int map = 0; map < maps; map++) {
      int start = map * tokens * tokens + tokens - patches;
      System.arraycopy(values, start, rows, map * patches, patches);
    }
    return rows;
  }

  @Test
  void releasesAreShownPicturesAsPublished() throws IOException {
    ModelConfig dinov3 =
        ImportedTeacher.read(write(weights(reference("dinov3"))), "", Map.of()).config();
    assertEquals(3, dinov3.backbone().numHeads());
    assertEquals(
        new EvalView(128, 128, EvalView.Fit.SQUASH, Interpolation.BILINEAR), dinov3.evalView());
    Path aerial = folder.resolve("dinov3_vitl16_pretrain_sat493m-eadcf0ff.safetensors");
    Safetensors.of(weights(reference("dinov3"))).write(aerial);
    ModelConfig sat = ImportedTeacher.read(aerial, "", Map.of()).config();
    assertEquals(0.43, sat.normalization().mean().red());
    assertEquals(0.143, sat.normalization().std().blue());
  }

  /** Hugging Face's names, in one file and in shards, are the published weights. */
  @ParameterizedTest
  @ValueSource(strings = {"dinov2_registers", "dinov2_swiglu", "dinov3"})
  void huggingFaceNamesAreThePublishedWeights(String name) throws IOException {
    Safetensors file = reference(name);
    Map<String, Weight> published = weights(file);
    Map<String, Weight> renamed = HuggingFaceCopy.of(published);
    Files.writeString(
        folder.resolve("config.json"),
        "{\"num_attention_heads\": %s}".formatted(file.metadata().get("num_heads")));
    ImmutableMap<String, Weight> expected = WeightFile.read(write(published)).weights();
    WeightFile read = WeightFile.read(write(renamed));
    assertEquals(expected.keySet(), read.weights().keySet());
    expected.forEach(
        (key, weight) ->
            assertArrayEquals(masked(key, expected), read.weights().get(key).floats(), 0f, key));

    Path index = HuggingFaceCopy.shards(renamed, folder.resolve("sharded"));
    Files.copy(folder.resolve("config.json"), index.resolveSibling("config.json"));
    assertEquals(read.weights(), WeightFile.read(index).weights());
    assertEquals(read.weights(), WeightFile.read(index.getParent()).weights());
    Files.delete(index.resolveSibling("model-00002-of-00002.safetensors"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> WeightFile.read(index)).getMessage();
    assertTrue(message.contains("model-00002-of-00002.safetensors is missing"), message);
  }

  /** A weight; of a bias that is masked, what is left of it, which alone Hugging Face has. */
  private static float[] masked(String name, Map<String, Weight> weights) {
    float[] values = weights.get(name).floats();
    Weight mask = weights.get(name + "_mask");
    for (int i = 0; mask != null && i < values.length; i++) {
      values[i] *= mask.floats()[i];
    }
    return values;
  }

  /** Training checkpoints have blocks in chunks, and heads of their own. */
  @Test
  void dinov2CheckpointsHaveChunksAndHeads() throws IOException {
    Map<String, Weight> published = weights(reference("dinov2"));
    Map<String, Weight> checkpoint = new LinkedHashMap<>();
    published.forEach(
        (name, weight) ->
            checkpoint.put(
                "module.backbone." + name.replaceAll("^blocks\\.(\\d+)", "blocks.0.$1"), weight));
    checkpoint.put("module.dino_head.last_layer.weight_g", published.get("norm.bias"));
    WeightFile read = WeightFile.read(write(checkpoint));
    assertEquals(WeightFile.read(write(published)).weights(), read.weights());
    assertEquals(List.of("dino_head.last_layer.weight_g"), read.ignored());
  }

  @Test
  void aTensorOfAnotherShapeIsNamed() throws IOException {
    Map<String, Weight> weights = new LinkedHashMap<>(weights(reference("dinov2")));
    weights.put("blocks.1.attn.proj.weight", weights.get("blocks.1.attn.qkv.weight"));
    ImportedTeacher teacher = ImportedTeacher.read(write(weights), "", Map.of("num_heads", "3"));
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> SavedModelExporter.export(teacher, models()))
            .getMessage();
    assertTrue(
        message.endsWith(
            "backbone.blocks.1.attn.proj.weight is F32[144, 48], the network has [48, 48]; the file"
                + " is damaged or mixed up: take it anew from where it was published"),
        message);
  }

  // ---------------------------------------------------------------- helpers

  private static Safetensors reference(String name) {
    return Safetensors.read(Resources.file("reference-backbones/" + name + ".safetensors"));
  }

  private static ImmutableMap<String, Weight> weights(Safetensors file) {
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    file.tensors()
        .forEach(
            (name, weight) -> {
              if (name.startsWith("weights.")) {
                weights.put(name.substring("weights.".length()), weight);
              }
            });
    return weights.buildOrThrow();
  }

  private Path models() {
    return folder.resolve("model");
  }

  private Path write(Map<String, Weight> weights) throws IOException {
    Path file = Files.createTempFile(folder, "weights", ".safetensors");
    Safetensors.of(weights).write(file);
    return file;
  }

  private static java.util.function.Consumer<TFloat32> write(float[] values) {
    return tensor -> tensor.asRawTensor().data().asFloats().write(values);
  }

  /** Pixels in 0…1 that normalize to an image [N, 3, H, W]; to [N, H, W, 3]. */
  private static TFloat32 pixels(Weight nchw) {
    Weight nhwc = nchw.permuted(0, 2, 3, 1);
    float[] values = nhwc.floats();
    ModelConfig config = ModelConfig.of(Map.of());
    float[] mean = config.normalization().mean().toArray();
    float[] std = config.normalization().std().toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] * std[i % 3] + mean[i % 3];
    }
    return TFloat32.tensorOf(nhwc.shape(), write(values));
  }

  private static float[] numbers(TFloat32 tensor) {
    float[] numbers = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(numbers);
    return numbers;
  }

  /** By the largest difference in parts of the largest value. */
  private static void assertClose(float[] expected, TFloat32 actual) {
    try (actual) {
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(expected, numbers(actual), 3e-5f * largest);
    }
  }
}
