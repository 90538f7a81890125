package org.dinojvm.verify.released;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.ModelConfig;
import org.dinojvm.verify.Noise;
import org.dinojvm.verify.Pixels;
import org.dinojvm.verify.backbone.Forward;
import org.dinojvm.weights.Weight;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A picture of the size that a network is evaluated on, and what networks make of it.
 *
 * @param pixels [1, 3, H, W], 0 … 1
 * @param normalized [1, 3, H, W]
 */
record ExamplePicture(Weight pixels, Weight normalized) {

  static final String FEATURES = "features";
  private static final String TOKENS = "tokens";
  private static final String ATTENTION = "attention";
  private static final int CHANNELS = 3;

  /** Noise, which no position or channel can be mixed up in unseen. */
  static ExamplePicture of(ModelConfig config) {
    int side = config.evalView().evalCropSize();
    float[] mean = config.normalization().mean().toArray();
    float[] std = config.normalization().std().toArray();
    Noise noise = new Noise(5, 0);
    float[] pixels = new float[CHANNELS * side * side];
    float[] normalized = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      int channel = i / (side * side);
      pixels[i] = 0.5f + 0.5f * noise.at(i);
      normalized[i] = (pixels[i] - mean[channel]) / std[channel];
    }
    Shape shape = Shape.of(1, CHANNELS, side, side);
    return new ExamplePicture(Weight.of(shape, pixels), Weight.of(shape, normalized));
  }

  /**
   * What a backbone gives with given weights, by name, each as the signature of that name has it.
   *
   * @param weights exactly its own, under published names
   */
  ImmutableMap<String, float[]> outputs(Backbone network, Map<String, Weight> weights) {
    try (Forward forward =
        new Forward(
            (tf, params, images) -> outputs(network, tf, params.at("backbone"), images),
            params -> weights)) {
      return forward.run(normalized);
    }
  }

  private static ImmutableMap<String, Operand<TFloat32>> outputs(
      Backbone network, Ops tf, Params params, Operand<TFloat32> images) {
    Backbone.Pass pass = network.forward(tf, params, images, Mode.EVALUATION);
    ImmutableMap.Builder<String, Operand<TFloat32>> outputs = ImmutableMap.builder();
    outputs.put(FEATURES, pass.features());
    if (network.hasTokens()) {
      outputs.put(TOKENS, pass.patchTokens());
    }
    if (network.attentionHeads() > 0) {
      outputs.put(ATTENTION, pass.attentionMaps());
    }
    return outputs.buildOrThrow();
  }

  /** What a model gives, by the same names. */
  ImmutableMap<String, float[]> outputs(FeatureModel model) {
    ImmutableMap.Builder<String, float[]> outputs = ImmutableMap.builder();
    try (TFloat32 images = Pixels.nhwc(pixels)) {
      put(outputs, FEATURES, model.features(images));
      if (model.hasTokens()) {
        put(outputs, TOKENS, model.tokens(images));
      }
      if (model.info().numHeads() > 0) {
        put(outputs, ATTENTION, model.attention(images));
      }
    }
    return outputs.buildOrThrow();
  }

  private static void put(
      ImmutableMap.Builder<String, float[]> outputs, String name, TFloat32 values) {
    try (values) {
      outputs.put(name, Pixels.floats(values));
    }
  }
}
