package org.dinojvm.weights.names;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** XCiT's and ConvNeXt's weights under the names of others, out and in again. */
class ConvolutionalNamesTest {

  @TempDir Path folder;

  /** The weights of a reference file by published name, {@code backbone.} in front. */
  private static ImmutableMap<String, Weight> reference(String file) {
    Map<String, Weight> published = new LinkedHashMap<>();
    Safetensors.read(Resources.file("reference-backbones/" + file))
        .tensors()
        .forEach(
            (name, weight) -> {
              if (name.startsWith("weights.") && !name.endsWith("num_batches_tracked")) {
                published.put("backbone." + name.substring("weights.".length()), weight);
              }
            });
    return PublishedWeights.renamed(published);
  }

  private ImmutableMap<String, Weight> readAgain(Map<String, Weight> weights) throws Exception {
    Path file = folder.resolve("model.safetensors");
    Safetensors.of(ImmutableMap.copyOf(weights), ImmutableMap.of()).write(file);
    return WeightFile.read(file).weights();
  }

  @ParameterizedTest
  @EnumSource(WeightNames.class)
  void aConvNextComesBack(WeightNames names) throws Exception {
    ImmutableMap<String, Weight> published = reference("dinov3_convnext.safetensors");
    assertFalse(published.containsKey("backbone.norms.3.weight"));
    assertEquals(published, readAgain(names.of(published)));
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightNames.class,
      names = {"PUBLISHED", "TIMM"})
  void anXcitComesBack(WeightNames names) throws Exception {
    ImmutableMap<String, Weight> published = reference("xcit.safetensors");
    assertEquals(published, readAgain(names.of(published)));
  }

  @Test
  void namesAreThoseOfTheOtherLibraries() {
    ImmutableMap<String, Weight> convNext = reference("dinov3_convnext.safetensors");
    ImmutableMap<String, Weight> huggingFace = WeightNames.HUGGINGFACE.of(convNext);
    assertTrue(huggingFace.containsKey("stages.2.layers.1.depthwise_conv.weight"));
    assertTrue(huggingFace.containsKey("stages.0.downsample_layers.1.bias"));
    assertTrue(huggingFace.containsKey("layer_norm.weight"));
    ImmutableMap<String, Weight> timm = WeightNames.TIMM.of(convNext);
    assertTrue(timm.containsKey("stem.0.weight"));
    assertTrue(timm.containsKey("stages.1.downsample.1.weight"));
    assertTrue(timm.containsKey("stages.2.blocks.1.mlp.fc2.bias"));
    assertTrue(timm.containsKey("head.norm.bias"));
    assertTrue(
        WeightNames.TIMM
            .of(reference("xcit.safetensors"))
            .containsKey("cls_attn_blocks.1.attn.k.weight"));
    assertTrue(WeightNames.PUBLISHED.of(convNext).containsKey("backbone.norms.3.weight"));
  }

  @Test
  void aFinalNormThatIsTwoTensorsIsRefused() {
    Map<String, Weight> mixed =
        new LinkedHashMap<>(WeightNames.PUBLISHED.of(reference("dinov3_convnext.safetensors")));
    mixed.put("backbone.norms.3.bias", mixed.get("backbone.norms.3.weight"));
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> PublishedWeights.renamed(mixed));
    assertTrue(
        e.getMessage().startsWith("backbone.norms.3.bias is not backbone.norm.bias"),
        e::getMessage);
  }
}
