package org.dinojvm.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dinojvm.train.TrainConfig;

/**
 * What a user of an exported backbone must know; stored beside the weights in {@code
 * assets.extra/model.json}.
 *
 * @param arch architecture, e.g. {@code vit_small}
 * @param patchSize side of a patch in pixels; 0 for a convolutional network
 * @param embedDim number of features
 * @param numHeads attention heads of a block; 0 for a convolutional network
 * @param imageSize side of the evaluation view's centre crop in pixels
 * @param resizeSize length that the evaluation view resizes the shorter side to, in pixels
 */
public record ModelInfo(
    String arch, int patchSize, int embedDim, int numHeads, int imageSize, int resizeSize) {

  /** Where TensorFlow Serving lets exporters put files of their own. */
  private static final Path LOCATION = Path.of("assets.extra", "model.json");

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** What a configuration says of its model. */
  static ModelInfo of(TrainConfig config) {
    return new ModelInfo(
        config.arch().key(),
        config.arch().isVit() ? config.patchSize() : 0,
        config.backboneDim(),
        config.backboneHeads(),
        config.evalCropSize(),
        config.evalResizeSize());
  }

  /**
   * Reads it from a SavedModel folder.
   *
   * @throws IllegalArgumentException if there is none or it is damaged
   */
  static ModelInfo read(Path savedModel) {
    Path file = savedModel.resolve(LOCATION);
    try {
      return JSON.readValue(file.toFile(), ModelInfo.class);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + " cannot be read; it comes with every SavedModel that this project exports", e);
    }
  }

  /** Writes it into a SavedModel folder. */
  void write(Path savedModel) throws IOException {
    Path file = savedModel.resolve(LOCATION);
    Files.createDirectories(file.getParent());
    JSON.writeValue(file.toFile(), this);
  }
}
