package org.dinojvm.verify.evaluation;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.eval.linear.FeatureRecipe;
import org.dinojvm.eval.linear.PublishedInput;
import org.dinojvm.serve.FeatureModel;
import org.dinojvm.serve.FeatureModels;
import org.dinojvm.serve.ModelConfig;
import org.dinojvm.verify.evaluation.EvaluationCheck.Results;
import org.dinojvm.weights.Weight;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/** What classifiers see of pictures, through a small network of the file. */
final class RecipeProtocol {

  private static final Pattern RESULT =
      Pattern.compile("recipe\\.(.+)\\.(dinov2_)?(\\d+)_blocks?(?:_avgpool(?:_(True|False))?)?");

  private RecipeProtocol() {}

  static void compute(EvaluationFile file, Results results) {
    try (FeatureModel model = model(file)) {
      ImmutableMap<String, Weight> inputs = file.inputsBelow("recipe.");
      for (String name : file.results()) {
        if (name.startsWith("recipe.")) {
          Matcher recipe = RESULT.matcher(name);
          checkArgument(recipe.matches(), "'%s' is no recipe that is known here", name);
          float[][][][] blocks = blocks(model, inputs.get(recipe.group(1) + "_nchw"));
          results.put(name, input(recipe, name, blocks));
        }
      }
    }
  }

  private static float[][] input(Matcher recipe, String name, float[][][][] blocks) {
    int count = Integer.parseInt(recipe.group(3));
    boolean mean = name.contains("_avgpool") && !"False".equals(recipe.group(4));
    return Arrays.stream(blocks)
        .map(
            picture ->
                recipe.group(2) == null && mean
                    ? PublishedInput.interleaved(picture, count)
                    : new FeatureRecipe(count, mean).of(picture))
        .toArray(float[][]::new);
  }

  /** (N, B, 2, D) */
  private static float[][][][] blocks(FeatureModel model, Weight nchw) {
    Weight images = nchw.permuted(0, 2, 3, 1);
    try (TFloat32 tensor = TFloat32.tensorOf(images.shape(), DataBuffers.of(images.floats()));
        TFloat32 blocks = model.blocks(tensor)) {
      return StdArrays.array4dCopyOf(blocks);
    }
  }

  /** Pictures in the file are normalized already. */
  private static FeatureModel model(EvaluationFile file) {
    int side = file.whole("image_size");
    ModelConfig config =
        ModelConfig.of(
            ImmutableMap.<String, Object>builder()
                .put("arch", "vit_tiny")
                .put("patch_size", file.whole("patch_size"))
                .put("embed_dim", file.whole("embed_dim"))
                .put("depth", file.whole("depth"))
                .put("num_heads", file.whole("num_heads"))
                .put("global_crops_size", side)
                .put("local_crops_number", 0)
                .put("eval_crop_size", side)
                .put("eval_resize_size", side)
                .put("mean", "0 0 0")
                .put("std", "1 1 1")
                .buildOrThrow());
    ImmutableMap.Builder<String, Weight> weights = ImmutableMap.builder();
    file.inputsBelow("weights.").forEach((name, weight) -> weights.put("backbone." + name, weight));
    return FeatureModels.ofWeights("the network of the file", config, weights.buildOrThrow());
  }
}
