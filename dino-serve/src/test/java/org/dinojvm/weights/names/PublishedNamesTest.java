package org.dinojvm.weights.names;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.weights.Resources;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.network.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;

class PublishedNamesTest {

  @ParameterizedTest
  @CsvSource({
    "backbone.blocks.0.attn.qkv.weight, 2, backbone.blocks.0.attn.qkv.kernel",
    "backbone.patch_embed.proj.weight, 4, backbone.patch_embed.proj.kernel",
    "backbone.blocks.0.norm1.weight, 1, backbone.blocks.0.norm1.weight",
    "backbone.cls_token, 3, backbone.cls_token",
    "backbone.pos_embed, 3, backbone.pos_embed",
    "backbone.conv1.weight, 4, backbone.conv1.kernel",
    "backbone.bn1.weight, 1, backbone.bn1.weight",
    "backbone.bn1.running_mean, 1, backbone.bn1.running_mean",
    "backbone.layer1.0.downsample.0.weight, 4, backbone.layer1.0.downsample.0.kernel",
    "backbone.layer1.0.downsample.1.weight, 1, backbone.layer1.0.downsample.1.weight",
    "head.mlp.0.weight, 2, head.mlp.0.kernel",
    "head.last_layer.weight_g, 2, head.last_layer.weight_g",
    "head.last_layer.weight_v, 2, head.last_layer.weight_v",
  })
  void namesGoThereAndBack(String published, int rank, String parameter) {
    assertEquals(parameter, PublishedNames.projectName(published, rank));
    assertEquals(published, PublishedNames.publishedName(parameter));
  }

  @Test
  void denseKernelsAreTransposed() {
    Weight weight = Weight.of(Shape.of(2, 3), new float[] {1, 2, 3, 4, 5, 6});
    Weight kernel = PublishedNames.toProject(Map.of("a.weight", weight)).get("a.kernel");
    assertEquals(Shape.of(3, 2), kernel.shape());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, kernel.floats());
  }

  @Test
  void convolutionKernelsHaveChannelsLast() {
    float[] elements = new float[2 * 3 * 4 * 5];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = i;
    }
    Weight weight = Weight.of(Shape.of(2, 3, 4, 5), elements); // out, in, h, w
    Weight kernel = PublishedNames.toProject(Map.of("a.weight", weight)).get("a.kernel");
    assertEquals(Shape.of(4, 5, 3, 2), kernel.shape()); // h, w, in, out
    int h = 3;
    int w = 1;
    int in = 2;
    int out = 1;
    assertEquals(
        elements[((out * 3 + in) * 4 + h) * 5 + w],
        kernel.floats()[((h * 5 + w) * 3 + in) * 2 + out]);
  }

  @Test
  void aCheckpointComesBackEqual() {
    ImmutableMap<String, Weight> published =
        WeightFile.read(Resources.reference("checkpoint.pth")).weights();
    ImmutableMap<String, Weight> parameters = PublishedNames.toProject(published);
    assertEquals(Shape.of(8, 8, 3, 48), parameters.get("backbone.patch_embed.proj.kernel").shape());
    assertEquals(published, PublishedNames.toPublished(parameters));
  }

  @Test
  void batchCountsAreDropped() {
    Weight count = Weight.of(Shape.scalar(), new long[] {8});
    assertEquals(
        Map.of(), PublishedNames.toProject(Map.of("backbone.bn1.num_batches_tracked", count)));
  }

  @Test
  void otherRanksAreRefused() {
    Weight odd = Weight.of(Shape.of(1, 1, 1), new float[1]);
    assertThrows(
        IllegalArgumentException.class, () -> PublishedNames.toProject(Map.of("a.weight", odd)));
  }
}
