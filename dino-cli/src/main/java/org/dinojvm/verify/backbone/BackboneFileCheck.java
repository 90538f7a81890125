package org.dinojvm.verify.backbone;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dinojvm.model.Backbone;
import org.dinojvm.model.Mode;
import org.dinojvm.model.Params;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.VitOptions.Positions;
import org.dinojvm.model.family.BackboneFamily.Recognized;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.verify.Check;
import org.dinojvm.verify.Comparisons;
import org.dinojvm.verify.ReferenceFile;
import org.dinojvm.weights.Weight;
import org.dinojvm.weights.names.PublishedWeights;
import org.dinojvm.weights.network.NetworkShape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * A small Vision Transformer of DINOv2, DINOv3 or iBOT with weights of its own, on pictures of
 * several sizes, with and without masks. The network is what {@code import} would take the weights
 * for; what they do not tell is in the file's metadata.
 */
public final class BackboneFileCheck implements Check {

  private static final double TOLERANCE = 3e-5;
  private static final double ATTENTION_TOLERANCE = 7e-5;
  private static final double TABLE_TOLERANCE = 1e-5;

  private static final String BACKBONE = "backbone.";
  private static final String IMAGES = ".image_nchw";
  private static final String MASK = ".mask";
  private static final String MASKED = "masked_";
  private static final String LAYER = "layer_";

  /** How positions are resized, by offset and antialias. */
  private static final ImmutableMap<String, Positions> RESIZING =
      ImmutableMap.of("0.1 false", Positions.LEARNED, "0.0 true", Positions.ANTIALIASED);

  @Override
  public void run(Path path, Comparisons comparisons) {
    ReferenceFile file = ReferenceFile.read(path);
    ImmutableList<String> inputs = file.namesBefore(IMAGES);
    checkArgument(!inputs.isEmpty(), "no tensor is named *%s, so there is no input", IMAGES);
    ImmutableMap<String, Weight> weights =
        PublishedWeights.renamed(withRoot(file.below("weights.")));
    Backbone backbone = network(file, weights);
    int layers = layers(file, inputs.get(0));
    try (Forward forward =
        new Forward(
            (tf, params, images, masked) ->
                outputs(backbone, layers, tf, params.at("backbone"), images, masked),
            params -> weights)) {
      for (String input : inputs) {
        new Comparer(file, input, backbone.prefixTokens(), layers, comparisons).compare(forward);
      }
    }
    file.requireAllUsed();
  }

  private static ImmutableMap<String, Weight> withRoot(Map<String, Weight> weights) {
    ImmutableMap.Builder<String, Weight> all = ImmutableMap.builder();
    weights.forEach((name, weight) -> all.put(BACKBONE + name, weight));
    return all.buildOrThrow();
  }

  private static Backbone network(ReferenceFile file, Map<String, Weight> weights) {
    Recognized recognized = NetworkShape.of(weights).backbone();
    Map<String, Object> settings = new LinkedHashMap<>(recognized.settings());
    settings.put("num_heads", file.whole("num_heads"));
    settings.put("norm_epsilon", file.number("norm_eps"));
    file.find("interpolate_offset").ifPresent(offset -> settings.put("positions", resizing(file)));
    file.find("pos_embed_rope_normalize_coords")
        .ifPresent(
            axes ->
                checkArgument(
                    axes.equals("separate"),
                    "coordinates normalized by '%s' are not computed here, only 'separate'",
                    axes));
    Backbone backbone =
        BackboneSettings.of(Maps.transformValues(settings, Object::toString))
            .create(file.whole("image_size"));
    requireStated(file, "embed_dim", backbone.embedDim());
    requireStated(file, "patch_size", backbone.stride());
    return backbone;
  }

  private static String resizing(ReferenceFile file) {
    String way = file.number("interpolate_offset") + " " + file.flag("interpolate_antialias");
    Positions positions = RESIZING.get(way);
    checkArgument(
        positions != null,
        "offset and antialias '%s' are not computed here, only %s",
        way,
        RESIZING.keySet());
    return positions.name().toLowerCase(java.util.Locale.ROOT);
  }

  private static void requireStated(ReferenceFile file, String key, int number) {
    checkArgument(
        file.whole(key) == number, "'%s' is %s, the weights say %s", key, file.whole(key), number);
  }

  private static int layers(ReferenceFile file, String input) {
    int layers = 0;
    while (file.has(input + ".intermediate_" + layers)) {
      layers++;
    }
    return layers;
  }

  private static ImmutableMap<String, Operand<TFloat32>> outputs(
      Backbone backbone,
      int layers,
      Ops tf,
      Params params,
      Operand<TFloat32> images,
      Operand<TBool> masked) {
    ImmutableMap.Builder<String, Operand<TFloat32>> outputs = ImmutableMap.builder();
    Backbone.Pass pass = backbone.forward(tf, params, images, Mode.EVALUATION);
    putTokens(outputs, "", pass);
    outputs.put("last_attention", pass.lastAttention());
    List<Operand<TFloat32>> last =
        layers == 0 ? ImmutableList.of() : pass.intermediateLayers(layers);
    for (int i = 0; i < layers; i++) {
      outputs.put(LAYER + i, last.get(i));
    }
    putTokens(outputs, MASKED, backbone.forwardMasked(tf, params, images, masked, Mode.EVALUATION));
    if (backbone instanceof VisionTransformer vit) {
      outputs.putAll(positions(vit, tf, params, images));
    }
    return outputs.buildOrThrow();
  }

  private static void putTokens(
      ImmutableMap.Builder<String, Operand<TFloat32>> outputs, String prefix, Backbone.Pass pass) {
    outputs.put(prefix + "cls", pass.features());
    outputs.put(prefix + "patch_tokens", pass.patchTokens());
    outputs.put(prefix + "tokens", pass.tokens());
  }

  private static ImmutableMap<String, Operand<TFloat32>> positions(
      VisionTransformer vit, Ops tf, Params params, Operand<TFloat32> images) {
    if (vit.options().positions() != Positions.ROPE) {
      return ImmutableMap.of("pos_embed", vit.positionEmbedding(tf, params, images));
    }
    Operand<TFloat32> angles = vit.rotaryAngles(tf, params, images);
    return ImmutableMap.of("rope_sin", tf.math.sin(angles), "rope_cos", tf.math.cos(angles));
  }

  /** Compares what one input gave. */
  private record Comparer(
      ReferenceFile file, String input, int prefix, int layers, Comparisons comparisons) {

    void compare(Forward forward) {
      Optional<Weight> mask =
          file.has(input + MASK) ? Optional.of(file.tensor(input + MASK)) : Optional.empty();
      ImmutableSet.Builder<String> names = ImmutableSet.builder();
      names.add("cls", "patch_tokens", "tokens");
      for (String name : ImmutableList.of("last_attention", "pos_embed", "rope_sin", "rope_cos")) {
        if (file.has(input + "." + name)) {
          names.add(name);
        }
      }
      for (int i = 0; i < layers; i++) {
        names.add(LAYER + i);
      }
      if (mask.isPresent()) {
        names.add(MASKED + "cls", MASKED + "patch_tokens", MASKED + "tokens");
      }
      ImmutableMap<String, float[]> actual =
          forward.run(file.tensor(input + IMAGES), mask, names.build());
      Map<String, float[]> whole = Maps.filterKeys(actual, this::isWhole);
      whole.forEach((name, values) -> add(name, values));
      actual.forEach(
          (name, values) -> {
            if (name.endsWith("tokens") && !isWhole(name)) {
              addRegisters(name.replace("tokens", "register_tokens"), values);
            } else if (name.startsWith(LAYER)) {
              addLayer(name.substring(LAYER.length()), values);
            }
          });
    }

    private boolean isWhole(String name) {
      return !name.startsWith(LAYER) && !name.equals("tokens") && !name.equals(MASKED + "tokens");
    }

    private void addRegisters(String name, float[] tokens) {
      if (file.has(input + "." + name)) {
        add(name, part(tokens, 1, prefix));
      }
    }

    /** All tokens of a layer where the file holds all, else each kind. */
    private void addLayer(String number, float[] tokens) {
      String patches = "intermediate_" + number;
      int total = tokensOf(tokens);
      if (file.tensor(input + "." + patches).shape().get(1) == total) {
        add(patches, tokens);
        return;
      }
      add(patches, part(tokens, prefix, total));
      addIfThere("intermediate_cls_" + number, part(tokens, 0, 1));
      addIfThere("intermediate_registers_" + number, part(tokens, 1, prefix));
    }

    private void addIfThere(String name, float[] values) {
      if (file.has(input + "." + name)) {
        add(name, values);
      }
    }

    private void add(String name, float[] actual) {
      String tensor = input + "." + name;
      comparisons.add(name, tensor, actual, file.tensor(tensor).floats(), tolerance(name));
    }

    private static double tolerance(String name) {
      if (name.contains("attention")) {
        return ATTENTION_TOLERANCE;
      }
      return name.startsWith("pos_embed") || name.startsWith("rope_") ? TABLE_TOLERANCE : TOLERANCE;
    }

    /** T of tokens [B, T, D]. */
    private int tokensOf(float[] tokens) {
      Weight cls = file.tensor(input + ".cls"); // [B, D]
      return tokens.length / cls.size();
    }

    /** Some tokens of each picture: [B, T, D] → [B, to − from, D]. */
    private float[] part(float[] tokens, int from, int to) {
      int pictures = (int) file.tensor(input + ".cls").shape().get(0);
      int perPicture = tokens.length / pictures;
      int features = perPicture / tokensOf(tokens);
      int length = (to - from) * features;
      float[] part = new float[pictures * length];
      for (int i = 0; i < pictures; i++) {
        System.arraycopy(tokens, i * perPicture + from * features, part, i * length, length);
      }
      return part;
    }
  }
}
