package org.dinojvm.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.WeightNames;
import org.dinojvm.weights.network.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Vision Transformers out under each set of names, and in again. */
class VitNamesTest {

  @TempDir Path folder;

  /** By hand from timm's {@code _convert_dinov2} and {@code eva.checkpoint_filter_fn}. */
  @ParameterizedTest
  @CsvSource({
    "dinov2, blocks.0.ls1.gamma blocks.0.attn.qkv.bias blocks.0.mlp.fc1.weight, mask_token",
    "dinov2_registers, reg_token blocks.0.ls1.gamma, register_tokens mask_token",
    "dinov2_swiglu, blocks.1.mlp.fc1.weight blocks.1.mlp.fc2.bias, blocks.1.mlp.w12.weight",
    "dinov3, reg_token blocks.0.gamma_1 blocks.2.gamma_2 blocks.0.attn.q_bias blocks.0.attn.v_bias"
        + " blocks.0.mlp.fc1.weight, storage_tokens rope_embed.periods blocks.0.attn.qkv.bias"
        + " blocks.0.attn.qkv.bias_mask blocks.0.ls1.gamma mask_token",
    "ibot_vit, blocks.0.attn.qkv.bias cls_token, masked_embed mask_token",
  })
  void timmHasItsOwnNames(String network, String there, String gone) throws IOException {
    Map<String, Weight> published = published(network);
    Set<String> names = WeightNames.TIMM.of(published).keySet();
    assertTrue(names.containsAll(List.of(there.split(" "))), names.toString());
    assertEquals(Set.of(), Sets.intersection(names, Set.of(gone.split(" "))));
  }

  /**
   * What was not stored aside: timm keeps no mask token, and adds a position to the class token.
   */
  @ParameterizedTest
  @ValueSource(strings = {"dinov2", "dinov2_registers", "dinov2_swiglu", "dinov3", "ibot_vit"})
  void timmsWeightsComeBack(String network) throws IOException {
    Map<String, Weight> published = published(network);
    Map<String, Weight> read = readBack(WeightNames.TIMM.of(published), heads(network)).weights();
    Map<String, Weight> expected = new LinkedHashMap<>(published);
    expected.remove("backbone.mask_token");
    assertEquals(expected.keySet(), read.keySet());
    expected.forEach(
        (name, weight) -> {
          boolean moved =
              network.equals("dinov2_registers")
                  && (name.endsWith("cls_token") || name.endsWith("pos_embed"));
          if (!moved && !name.endsWith(".attn.qkv.bias")) {
            assertEquals(weight, read.get(name), name);
          }
        });
    if (network.equals("dinov2_registers")) {
      assertArrayEquals(firstToken(published), firstToken(read), 1e-7f);
    }
  }

  /** The class token as the first block sees it: the token and its position. */
  private static float[] firstToken(Map<String, Weight> weights) {
    float[] token = weights.get("backbone.cls_token").floats();
    float[] positions = weights.get("backbone.pos_embed").floats();
    for (int i = 0; i < token.length; i++) {
      token[i] += positions[i];
    }
    return token;
  }

  @ParameterizedTest
  @ValueSource(strings = {"dinov2", "dinov2_registers", "dinov2_swiglu", "dinov3"})
  void huggingFaceNamesAreThoseOfTheTable(String network) throws IOException {
    Map<String, Weight> published = published(network);
    Map<String, Weight> backbone = new LinkedHashMap<>();
    published.forEach((name, weight) -> backbone.put(name.substring(9), weight));
    Map<String, Weight> expected = new LinkedHashMap<>();
    HuggingFaceCopy.of(backbone)
        .forEach(
            (name, weight) -> expected.put(name.replace("dinov2_with_registers.", ""), weight));
    Map<String, Weight> named = WeightNames.HUGGINGFACE.of(published);
    assertEquals(expected.keySet(), named.keySet());
    expected.forEach((name, weight) -> assertEquals(weight, named.get(name), name));

    Map<String, Weight> read = readBack(named, heads(network)).weights();
    assertEquals(published.keySet(), read.keySet());
  }

  @Test
  void aNetworkWithoutSuchNamesIsRefused() throws IOException {
    Map<String, Weight> untied = published("dinov3_swiglu");
    for (WeightNames names : List.of(WeightNames.TIMM, WeightNames.HUGGINGFACE)) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> names.of(untied)).getMessage();
      assertTrue(message.startsWith("backbone.cls_norm.weight has no name in "), message);
      assertTrue(message.endsWith("; export under published names"), message);
    }
  }

  private WeightFile readBack(Map<String, Weight> weights, String heads) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Safetensors.of(weights, Map.of("num_heads", heads)).write(file);
    return WeightFile.read(file);
  }

  private static String heads(String network) {
    return reference(network).metadata().get("num_heads");
  }

  private Map<String, Weight> published(String network) throws IOException {
    Map<String, Weight> weights = new LinkedHashMap<>();
    reference(network)
        .tensors()
        .forEach(
            (name, weight) -> {
              if (name.startsWith("weights.")) {
                weights.put(name.substring("weights.".length()), weight);
              }
            });
    Path file = folder.resolve("published.safetensors");
    Safetensors.of(weights).write(file);
    return WeightFile.read(Files.copy(file, folder.resolve(network + ".safetensors"))).weights();
  }

  private static Safetensors reference(String network) {
    return Safetensors.read(Resources.file("reference-backbones/" + network + ".safetensors"));
  }
}
