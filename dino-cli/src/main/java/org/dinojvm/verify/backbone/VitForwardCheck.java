package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A small Vision Transformer with weights of its own, on pictures of several sizes. */
public final class VitForwardCheck implements Check {

  private static final double TOLERANCE = 1e-5;
  private static final String IMAGES = ".image_nchw";
  private static final String INTERMEDIATE = "intermediate_";

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    ImmutableList<String> inputs = file.namesBefore(IMAGES);
    checkArgument(!inputs.isEmpty(), "no tensor is named *%s, so there is no input", IMAGES);
    VisionTransformer vit = network(file);
    try (Forward forward =
        new Forward(
            (tf, params, images) -> outputs(vit, tf, params, images),
            params -> file.below("weights."))) {
      for (String input : inputs) {
        compare(file, forward, input, vit.depth(), comparisons);
      }
    }
    file.requireAllUsed();
  }

  private static VisionTransformer network(ReferenceFile file) {
    return new VisionTransformer(
        file.whole("patch_size"),
        file.whole("embed_dim"),
        file.whole("depth"),
        file.whole("num_heads"),
        file.whole("image_size"));
  }

  private static ImmutableMap<String, Operand<TFloat32>> outputs(
      VisionTransformer vit, Ops tf, Params params, Operand<TFloat32> images) {
    ImmutableMap.Builder<String, Operand<TFloat32>> outputs = ImmutableMap.builder();
    Backbone.Pass pass = vit.forward(tf, params, images, Mode.EVALUATION);
    outputs.put("cls", pass.features());
    outputs.put("last_attention", pass.lastAttention());
    outputs.put("pos_embed", vit.positionEmbedding(tf, params, images));
    List<Operand<TFloat32>> layers = pass.intermediateLayers(vit.depth());
    for (int layer = 0; layer < vit.depth(); layer++) {
      outputs.put(INTERMEDIATE + layer, layers.get(layer));
    }
    return outputs.buildOrThrow();
  }

  private static void compare(
      ReferenceFile file, Forward forward, String input, int depth, Comparisons comparisons) {
    ImmutableMap<String, float[]> actual = forward.run(file.tensor(input + IMAGES));
    Comparer comparer = new Comparer(file, input, actual, comparisons);
    for (String output : ImmutableList.of("cls", "last_attention", "pos_embed")) {
      comparer.compare(output, output);
    }
    int layers = 0;
    while (file.has(input + "." + INTERMEDIATE + layers)) {
      layers++;
    }
    for (int i = 0; i < layers; i++) { // the last ones, counted from the first of them
      comparer.compare(INTERMEDIATE + i, INTERMEDIATE + (depth - layers + i));
    }
  }

  /** Compares what one input gave. */
  private record Comparer(
      ReferenceFile file, String input, Map<String, float[]> actual, Comparisons comparisons) {

    void compare(String tensor, String output) {
      String name = input + "." + tensor;
      float[] expected = file.tensor(name).floats();
      comparisons.add(tensor, name, actual.get(output), expected, TOLERANCE);
    }
  }
}
