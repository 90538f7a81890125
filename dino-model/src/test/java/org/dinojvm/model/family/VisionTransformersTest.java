package org.dinojvm.model.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.dinojvm.model.ConvolutionalStem;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.VitOptions;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class VisionTransformersTest {

  /** Three convolutions are patches of 8; XCiT, which has the same stem, has no such positions. */
  @Test
  void aConvolutionalStemIsRecognized() {
    Map<String, Shape> weights = new HashMap<>();
    weights.put("cls_token", Shape.of(1, 1, 8));
    weights.put("pos_embed", Shape.of(1, 37, 8));
    weights.put("patch_embed.proj.0.0.weight", Shape.of(2, 3, 3, 3));
    weights.put("patch_embed.proj.2.0.weight", Shape.of(4, 2, 3, 3));
    weights.put("patch_embed.proj.4.0.weight", Shape.of(8, 4, 3, 3));
    weights.put("blocks.0.attn.qkv.weight", Shape.of(24, 8));
    weights.put("blocks.0.attn.qkv.bias", Shape.of(24));
    weights.put("blocks.0.mlp.fc1.weight", Shape.of(32, 8));
    BackboneFamily.Recognized network = new VisionTransformers().recognize(weights).orElseThrow();
    assertEquals(8, network.embedDim());
    assertEquals(48, network.imageSize());
    VisionTransformer vit = (VisionTransformer) network.with(2).create(network.imageSize());
    assertEquals(VitOptions.Stem.CONVOLUTIONAL, vit.options().stem());
    assertEquals(8, vit.patchSize());
    assertTrue(vit.usesBatchStatistics());
  }

  /** By hand: 24² · 27 · 2, 12² · 18 · 4 and 6² · 36 · 8 products. */
  @Test
  void macsOfTheStemAreThoseOfItsConvolutions() {
    assertEquals(31_104 + 10_368 + 10_368, new ConvolutionalStem(8, 8).macs(48));
  }

  @Test
  void aStemHalvesThePictureWholeTimes() {
    BackboneSettings settings =
        BackboneSettings.of(Map.of("arch", "vit_tiny", "patch_size", 14, "stem", "convolutional"));
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new VisionTransformers().validate(settings))
            .getMessage();
    assertTrue(message.contains("patch_size"), message);
    assertTrue(message.contains("power of 2"), message);
  }
}
