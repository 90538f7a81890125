package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.MoreFiles;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A real architecture, named by the file as {@code vit_small_16} or {@code resnet50}. */
public final class ArchitectureCheck implements Check {

  public static final Pattern NAME = Pattern.compile("(vit_[a-z]+|resnet\\d+)(?:_(\\d+))?");

  /** Side of the pictures that the published networks are laid out for. */
  private static final int IMAGE_SIZE = 224;

  private static final double TOLERANCE = 1e-4;
  private static final String TRAINING = "features_train";
  private static final String IMAGES = ".image_nchw";

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    ImmutableList<String> inputs = file.namesBefore(IMAGES);
    checkArgument(!inputs.isEmpty(), "no tensor is named *%s, so there is no input", IMAGES);
    inputs.forEach(input -> file.tensor(input + ".features_eval")); // must be there; others may
    Backbone backbone = backbone(MoreFiles.getNameWithoutExtension(path));
    FormulaWeights weights = FormulaWeights.of(file);
    try (Forward forward =
        new Forward((tf, params, images) -> outputs(backbone, tf, params, images), weights::of)) {
      for (String input : inputs) {
        compare(file, forward, input, weights.determineBatchStatistics(), comparisons);
      }
    }
    file.requireAllUsed();
  }

  private static Backbone backbone(String name) {
    Matcher matcher = NAME.matcher(name);
    checkArgument(matcher.matches(), "'%s' names no architecture", name);
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    settings.put("arch", matcher.group(1));
    if (matcher.group(2) != null) {
      settings.put("patch_size", matcher.group(2));
    }
    Map<String, String> changes = settings.buildOrThrow();
    return BackboneSettings.of(changes).create(IMAGE_SIZE);
  }

  private static ImmutableMap<String, Operand<TFloat32>> outputs(
      Backbone backbone, Ops tf, Params params, Operand<TFloat32> images) {
    ImmutableMap.Builder<String, Operand<TFloat32>> outputs = ImmutableMap.builder();
    outputs.put("features_eval", backbone.features(tf, params, images, Mode.EVALUATION));
    outputs.put(TRAINING, backbone.features(tf, params, images, Mode.TEACHER));
    if (backbone.attentionHeads() > 0) {
      Backbone.Pass pass = backbone.forward(tf, params, images, Mode.EVALUATION);
      outputs.put("cls_attention", fromClassToken(tf, pass.lastAttention()));
    }
    return outputs.buildOrThrow();
  }

  /** [B, N, T, T] → [B, N, T]. */
  private static Operand<TFloat32> fromClassToken(Ops tf, Operand<TFloat32> attention) {
    return tf.slice(attention, tf.constant(new int[4]), tf.constant(new int[] {-1, -1, 1, -1}));
  }

  private static void compare(
      ReferenceFile file,
      Forward forward,
      String input,
      boolean comparesTraining,
      Comparisons comparisons) {
    Weight images = file.tensor(input + IMAGES);
    ImmutableMap<String, float[]> actual = forward.run(images);
    for (String output : actual.keySet()) {
      String name = input + "." + output;
      if (!file.has(name)) {
        continue;
      }
      float[] expected = file.tensor(name).floats();
      if (comparesTraining || !output.equals(TRAINING)) {
        comparisons.add(output, name, actual.get(output), expected, TOLERANCE);
      }
    }
  }
}
