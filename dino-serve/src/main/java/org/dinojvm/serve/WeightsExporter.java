package org.dinojvm.serve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.Interpolation;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.convolution.ConvNext;
import org.dinojvm.model.family.BackboneFamily.Recognized;
import org.dinojvm.settings.Rgb;
import org.dinojvm.weights.Safetensors;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.HuggingFaceConfig;
import org.dinojvm.weights.names.HuggingFaceConfig.Preprocessing;
import org.dinojvm.weights.names.WeightNames;
import org.dinojvm.weights.network.NetworkShape;
import org.dinojvm.weights.network.SessionWeights;

/** Writes a model's weights for PyTorch, timm or transformers. */
public final class WeightsExporter {

  private WeightsExporter() {}

  /** What was written: number of tensors and of values in them. */
  public record Written(int tensors, long values) {}

  /**
   * Writes the weights of a model as safetensors; under Hugging Face's names, {@code config.json}
   * and {@code preprocessor_config.json} beside them, too. Each file appears whole or not at all.
   *
   * @param model what {@link FeatureModels#open(Path, Trust)} takes
   * @param trust how far whoever made the model is trusted
   * @param file where the weights go
   * @throws IllegalArgumentException if there are no such names for the model's network
   */
  public static Written write(Path model, Trust trust, WeightNames names, Path file)
      throws IOException {
    try (SessionFeatureModel opened = FeatureModels.openSession(model, trust);
        SessionWeights.Held held = opened.holdWeights()) {
      ImmutableMap<String, Weight> published = held.weights();
      ImmutableMap<String, Weight> named = names.of(published);
      Safetensors.of(named, opened.info().settings()).write(file);
      if (names == WeightNames.HUGGINGFACE) {
        writeConfig(
            file.toAbsolutePath().getParent(),
            backbone(published, opened.info()),
            preprocessing(opened.info()));
      }
      return new Written(named.size(), named.values().stream().mapToLong(Weight::size).sum());
    }
  }

  private static void writeConfig(Path folder, Backbone backbone, Preprocessing preprocessing)
      throws IOException {
    if (backbone instanceof ConvNext convNext) {
      HuggingFaceConfig.write(folder, convNext, preprocessing);
    } else { // there are names for no other network
      HuggingFaceConfig.write(folder, (VisionTransformer) backbone, preprocessing);
    }
  }

  /** A network without learned positions is laid out for the pictures that it is used on. */
  private static Backbone backbone(Map<String, Weight> published, ModelInfo info) {
    Recognized recognized = NetworkShape.of(published).backbone();
    int imageSize = recognized.imageSize() > 0 ? recognized.imageSize() : info.imageSize();
    return recognized.with(info.numHeads()).create(imageSize);
  }

  private static Preprocessing preprocessing(ModelInfo info) {
    return new Preprocessing(
        info.evalFit() == EvalView.Fit.CROP ? info.resizeSize() : 0,
        info.imageSize(),
        info.evalInterpolation() == Interpolation.BICUBIC,
        channels(info.mean()),
        channels(info.std()));
  }

  private static ImmutableList<Double> channels(Rgb rgb) {
    return ImmutableList.of(rgb.red(), rgb.green(), rgb.blue());
  }
}
