package org.dinojvm.weights.names;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.model.VisionTransformer;
import org.dinojvm.model.VitOptions;
import org.dinojvm.model.convolution.ConvNext;
import org.dinojvm.weights.SmallFiles;

/** What transformers keeps beside the weights of a ViTModel: two files of JSON. */
public final class HuggingFaceConfig {
  /** The file that {@code ViTModel.from_pretrained} reads. */
  public static final String FILE = "config.json";

  /** The file that {@code AutoImageProcessor.from_pretrained} reads. */
  public static final String PREPROCESSOR_FILE = "preprocessor_config.json";

  private static final String CONVNEXT = "dinov3_convnext";
  private static final String HEADS = "num_attention_heads";
  private static final int PILLOW_BILINEAR = 2;
  private static final int PILLOW_BICUBIC = 3;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private HuggingFaceConfig() {}

  /**
   * How the model wants its pictures.
   *
   * @param resize length of the shorter side before the center is cropped, in pixels; 0 for a
   *     picture that is squashed to a square instead
   * @param crop side of the picture that the model sees, in pixels
   * @param bicubic whether it is resized that way, not bilinearly
   */
  public record Preprocessing(
      int resize,
      int crop,
      boolean bicubic,
      ImmutableList<Double> mean,
      ImmutableList<Double> std) {}

  /** Writes both files into the folder of the weights, each whole or not at all. */
  public static void write(Path folder, VisionTransformer vit, Preprocessing preprocessing)
      throws IOException {
    write(folder.resolve(FILE), config(vit));
    write(folder.resolve(PREPROCESSOR_FILE), preprocessor(preprocessing));
  }

  /** Writes both files beside the weights of a ConvNeXt. */
  public static void write(Path folder, ConvNext network, Preprocessing preprocessing)
      throws IOException {
    write(folder.resolve(FILE), config(network));
    write(folder.resolve(PREPROCESSOR_FILE), preprocessor(preprocessing));
  }

  /** As {@code facebook/dinov3-convnext-tiny-pretrain-lvd1689m} has it. */
  private static ImmutableMap<String, Object> config(ConvNext network) {
    return ImmutableMap.<String, Object>builder()
        .put("architectures", ImmutableList.of("DINOv3ConvNextModel"))
        .put("model_type", CONVNEXT)
        .put("hidden_act", "gelu")
        .put("hidden_sizes", network.dims())
        .put("depths", network.depths())
        .put("image_size", 224)
        .put("num_channels", 3)
        .put("layer_norm_eps", 1e-6)
        .put("layer_scale_init_value", network.layerScale())
        .put("drop_path_rate", 0.0)
        .put("torch_dtype", "float32")
        .buildOrThrow();
  }

  private static void write(Path file, ImmutableMap<String, Object> content) throws IOException {
    DurableFiles.write(file, List.of(JSON.writeValueAsString(content)));
  }

  /** As Hugging Face's models of the same kind have it, but with the norms' true epsilon. */
  private static ImmutableMap<String, Object> config(VisionTransformer vit) {
    VitOptions options = vit.options();
    ImmutableMap.Builder<String, Object> config = ImmutableMap.builder();
    config
        .put("hidden_size", vit.embedDim())
        .put(HEADS, vit.numHeads())
        .put("num_hidden_layers", vit.depth())
        .put("patch_size", vit.patchSize())
        .put("image_size", vit.imageSize())
        .put("num_channels", 3)
        .put("layer_norm_eps", Double.valueOf(Float.toString(options.normEpsilon())))
        .put("torch_dtype", "float32");
    if (options.positions() == VitOptions.Positions.ROPE) {
      putDinov3(config, options);
    } else if (options.layerScale() > 0) {
      putDinov2(config, options, vit.embedDim());
    } else {
      putKind(config, "ViTModel", "vit");
      config
          .put("hidden_act", "gelu")
          .put("intermediate_size", options.ffnDim())
          .put("qkv_bias", true)
          .put("hidden_dropout_prob", 0.0)
          .put("attention_probs_dropout_prob", 0.0);
    }
    return config.buildOrThrow();
  }

  private static void putKind(
      ImmutableMap.Builder<String, Object> config, String model, String type) {
    config.put("architectures", ImmutableList.of(model)).put("model_type", type);
  }

  /** As {@code facebook/dinov2-small} or {@code facebook/dinov2-with-registers-small}. */
  private static void putDinov2(
      ImmutableMap.Builder<String, Object> config, VitOptions options, int dim) {
    boolean gated = options.ffn() != VitOptions.Ffn.MLP;
    if (options.registers() > 0) {
      putKind(config, "Dinov2WithRegistersModel", "dinov2_with_registers");
      config.put("num_register_tokens", options.registers());
    } else {
      putKind(config, "Dinov2Model", "dinov2");
    }
    config
        .put("hidden_act", "gelu")
        .put("mlp_ratio", gated ? 4 : options.ffnDim() / dim)
        .put("use_swiglu_ffn", gated)
        .put("layerscale_value", 1.0)
        .put("qkv_bias", true)
        .put("drop_path_rate", 0.0)
        .put("hidden_dropout_prob", 0.0)
        .put("attention_probs_dropout_prob", 0.0);
  }

  /** As {@code facebook/dinov3-vits16-pretrain-lvd1689m}. */
  private static void putDinov3(ImmutableMap.Builder<String, Object> config, VitOptions options) {
    boolean gated = options.ffn() != VitOptions.Ffn.MLP;
    boolean bias = options.qkvBias() != VitOptions.QkvBias.NONE;
    putKind(config, "DINOv3ViTModel", "dinov3_vit");
    config
        .put("hidden_act", gated ? "silu" : "gelu")
        .put("intermediate_size", options.ffnDim())
        .put("use_gated_mlp", gated)
        .put("num_register_tokens", options.registers())
        .put("rope_theta", 100.0)
        .put("query_bias", bias)
        .put("key_bias", false)
        .put("value_bias", bias)
        .put("proj_bias", true)
        .put("mlp_bias", true)
        .put("layerscale_value", 1.0)
        .put("drop_path_rate", 0.0)
        .put("attention_dropout", 0.0);
  }

  /** The processor named for BiT crops, that named for ViT only squashes. */
  private static ImmutableMap<String, Object> preprocessor(Preprocessing preprocessing) {
    ImmutableMap<String, Integer> square =
        ImmutableMap.of("height", preprocessing.crop(), "width", preprocessing.crop());
    ImmutableMap.Builder<String, Object> content = ImmutableMap.builder();
    if (preprocessing.resize() > 0) {
      content.put("image_processor_type", "BitImageProcessor");
      content.put("size", ImmutableMap.of("shortest_edge", preprocessing.resize()));
      content.put("do_center_crop", true).put("crop_size", square);
    } else {
      content.put("image_processor_type", "ViTImageProcessor").put("size", square);
    }
    return content
        .put("do_convert_rgb", true)
        .put("do_resize", true)
        .put("resample", preprocessing.bicubic() ? PILLOW_BICUBIC : PILLOW_BILINEAR)
        .put("do_rescale", true)
        .put("rescale_factor", 1 / 255.0)
        .put("do_normalize", true)
        .put("image_mean", preprocessing.mean())
        .put("image_std", preprocessing.std())
        .buildOrThrow();
  }

  /**
   * What the files beside some weights say that they do not: the number of heads, and how pictures
   * are prepared.
   *
   * @return empty if there are no such files
   */
  public static ImmutableMap<String, String> settingsBeside(Path weights) {
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    read(weights, FILE)
        .ifPresent(
            config -> {
              if (config.path("model_type").asText().equals(CONVNEXT)) {
                return; // which has none
              }
              JsonNode heads = config.path(HEADS);
              checkArgument(
                  heads.canConvertToInt(), "%s beside it has no whole number %s", FILE, HEADS);
              settings.put("num_heads", heads.asText());
            });
    read(weights, PREPROCESSOR_FILE).ifPresent(json -> settings.putAll(pictures(json)));
    return settings.buildOrThrow();
  }

  /** Those settings of a processor that are of a form known here. */
  private static ImmutableMap<String, String> pictures(JsonNode processor) {
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    JsonNode size = processor.path("size");
    JsonNode crop = processor.path("crop_size").path("height");
    JsonNode shorter = size.path("shortest_edge");
    if (shorter.canConvertToInt() && crop.canConvertToInt()) {
      settings.put("eval_resize_size", shorter.asText()).put("eval_crop_size", crop.asText());
      settings.put("eval_fit", "crop");
    } else if (size.path("height").canConvertToInt()) {
      String side = size.path("height").asText();
      settings.put("eval_resize_size", side).put("eval_crop_size", side);
      settings.put("eval_fit", "squash");
    }
    int resample = processor.path("resample").asInt();
    if (resample == PILLOW_BILINEAR || resample == PILLOW_BICUBIC) {
      settings.put("eval_interpolation", resample == PILLOW_BICUBIC ? "bicubic" : "bilinear");
    }
    putChannels(settings, "mean", processor.path("image_mean"));
    putChannels(settings, "std", processor.path("image_std"));
    return settings.buildOrThrow();
  }

  private static void putChannels(
      ImmutableMap.Builder<String, String> settings, String key, JsonNode channels) {
    if (channels.isArray() && channels.size() == 3) {
      settings.put(
          key,
          channels.get(0).asText()
              + " "
              + channels.get(1).asText()
              + " "
              + channels.get(2).asText());
    }
  }

  private static Optional<JsonNode> read(Path weights, String name) {
    Path file = weights.resolveSibling(name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(SmallFiles.read(file)));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("%s beside it is not valid JSON".formatted(name), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s beside it cannot be read: %s".formatted(name, e.getMessage()), e);
    }
  }
}
