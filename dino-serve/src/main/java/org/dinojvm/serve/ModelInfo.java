package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.data.augment.EvalView;
import org.dinojvm.data.augment.Interpolation;
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.settings.Rgb;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.weights.SmallFiles;

/**
 * What a user of an exported backbone must know; stored beside the weights in {@code
 * assets.extra/model.json}.
 *
 * @param arch architecture, e.g. {@code vit_small}
 * @param patchSize side of a patch in pixels; 0 for a convolutional network
 * @param embedDim number of features
 * @param numHeads attention heads of a block; 0 for a convolutional network
 * @param imageSize side of the evaluation view's center crop in pixels
 * @param resizeSize length that the evaluation view resizes the shorter side to, in pixels
 * @param evalFit how the evaluation view makes a picture square
 * @param mean what is subtracted from RGB in 0…1
 * @param std what RGB is divided by then
 * @param evalInterpolation how the evaluation view resizes; bicubic in exports of before there was
 *     a choice
 * @param readOut tells features that are others than the class token from those; empty where they
 *     are the class token
 * @param precision of matrix products in the graph; float32 in exports of before there was a choice
 */
public record ModelInfo(
    String arch,
    int patchSize,
    int embedDim,
    int numHeads,
    int imageSize,
    int resizeSize,
    EvalView.Fit evalFit,
    Rgb mean,
    Rgb std,
    Interpolation evalInterpolation,
    String readOut,
    Precision precision) {

  /** Where TensorFlow Serving lets exporters put files of their own. */
  private static final Path LOCATION = Path.of("assets.extra", "model.json");

  private static final int MAX_SIZE = 1 << 16;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** Of a model whose pictures are resized as published for DINO. */
  public ModelInfo(
      String arch,
      int patchSize,
      int embedDim,
      int numHeads,
      int imageSize,
      int resizeSize,
      EvalView.Fit evalFit,
      Rgb mean,
      Rgb std) {
    this(
        arch,
        patchSize,
        embedDim,
        numHeads,
        imageSize,
        resizeSize,
        evalFit,
        mean,
        std,
        Interpolation.BICUBIC,
        "",
        Precision.FLOAT32);
  }

  public ModelInfo {
    readOut = readOut == null ? "" : readOut;
    precision = precision == null ? Precision.FLOAT32 : precision;
    evalInterpolation = evalInterpolation == null ? Interpolation.BICUBIC : evalInterpolation;
  }

  /** What a configuration says of its model. */
  public static ModelInfo of(ModelConfig config) {
    BackboneSettings backbone = config.backbone();
    return new ModelInfo(
        backbone.arch(),
        backbone.family().facts(backbone).getOrDefault("patch_size", 0),
        config.createBackbone().embedDim(),
        backbone.family().facts(backbone).getOrDefault("heads", 0),
        config.evalView().evalCropSize(),
        config.evalView().evalResizeSize(),
        config.evalView().evalFit(),
        config.normalization().mean(),
        config.normalization().std(),
        config.evalView().evalInterpolation(),
        "",
        Precision.FLOAT32);
  }

  /** The same model as exported with options. */
  ModelInfo with(ExportOptions options) {
    return new ModelInfo(
        arch,
        patchSize,
        options.readOut().map(other -> other.features(embedDim)).orElse(embedDim),
        numHeads,
        imageSize,
        resizeSize,
        evalFit,
        mean,
        std,
        evalInterpolation,
        options.readOut().map(other -> other.fingerprint(arch)).orElse(readOut),
        options.precision());
  }

  /**
   * What weights do not tell of it, by the names of settings.
   *
   * @throws IllegalArgumentException if it does not say how pictures are prepared, as before 0.1.0
   */
  ImmutableMap<String, String> settings() {
    checkArgument(
        evalFit != null && mean != null && std != null,
        "the model's %s does not say how pictures become square and are normalized: export the"
            + " model anew",
        LOCATION);
    ImmutableMap.Builder<String, String> settings = ImmutableMap.builder();
    if (numHeads > 0) {
      settings.put("num_heads", Integer.toString(numHeads));
    }
    settings.put("eval_crop_size", Integer.toString(imageSize));
    settings.put("eval_resize_size", Integer.toString(resizeSize));
    settings.put("eval_fit", SettingKey.text(evalFit));
    settings.put("eval_interpolation", SettingKey.text(evalInterpolation));
    settings.put("mean", SettingKey.text(mean)).put("std", SettingKey.text(std));
    return settings.buildOrThrow();
  }

  /**
   * What tells its features from those of other models with the same weights. Arithmetic does not:
   * pictures that one was searched with can be searched with the other.
   */
  String identity() {
    return arch + settings() + readOut;
  }

  /**
   * Reads it from a SavedModel folder.
   *
   * @throws IllegalArgumentException if there is none or it is damaged
   */
  static ModelInfo read(Path savedModel) {
    Path file = savedModel.resolve(LOCATION);
    try {
      ModelInfo info = JSON.readValue(SmallFiles.read(file), ModelInfo.class);
      checkArgument(
          info != null && info.arch != null && info.isPlausible(),
          "%s is damaged or no description of a model: %s",
          file,
          info);
      return info;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + " cannot be read; it comes with every SavedModel that this project exports", e);
    }
  }

  /** Within what pictures and networks may be; sizes from the file decide how much is allocated. */
  private boolean isPlausible() {
    return 0 <= patchSize
        && 0 < embedDim
        && 0 <= numHeads
        && 0 < imageSize
        && 0 < resizeSize
        && Math.max(Math.max(patchSize, embedDim), Math.max(imageSize, resizeSize)) <= MAX_SIZE;
  }

  /** Writes it into a SavedModel folder. */
  void write(Path savedModel) throws IOException {
    Path file = savedModel.resolve(LOCATION);
    Files.createDirectories(file.getParent());
    JSON.writeValue(file.toFile(), this);
  }
}
