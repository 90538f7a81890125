package org.dinojvm.export;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.dinojvm.train.TrainConfig;
import org.tensorflow.Signature;

/** {@code MODEL.md}: what an exported model is, how it was made and how to call it. */
final class ModelCard {

  private static final String FILE = "MODEL.md";
  private static final Path WEIGHTS = Path.of("variables", "variables.data-00000-of-00001");

  private ModelCard() {}

  /**
   * Writes the card into a SavedModel folder.
   *
   * @param teacher what was exported
   */
  static void write(Path savedModel, Teacher teacher, ImmutableList<Signature> signatures)
      throws IOException {
    TrainConfig config = teacher.config();
    StringBuilder card = new StringBuilder();
    card.append(architecture(config));
    if (teacher.hasRecipe()) {
      card.append(training(config));
    }
    card.append(String.format("* Evaluation view %d pixels%n", config.evalCropSize()));
    card.append(String.format("* %s%n", teacher.origin()));
    card.append(weights(savedModel.resolve(WEIGHTS)));
    card.append(
        String.format("%n## How to call it%n%n| signature | input | output |%n|---|---|---|%n"));
    signatures.forEach(signature -> card.append(row(signature)));
    card.append(
        String.format(
            "%n`encoded` takes JPEG, PNG, GIF or BMP bytes; `images` takes RGB in 0…1 of any size%s."
                + " Both are normalised inside. −1 is any number.%n",
            config.arch().isVit()
                ? ", of which as many patches of %1$d × %1$d are seen as fit"
                    .formatted(config.patchSize())
                : ""));
    if (teacher.hasRecipe()) {
      card.append(String.format("%n## Recipe%n%n```yaml%n%s```%n", config.toYaml()));
    }
    Files.writeString(savedModel.resolve(FILE), card);
  }

  private static String architecture(TrainConfig config) {
    String patches =
        config.arch().isVit()
            ? String.format(
                ", patch %d, %d blocks, %d heads",
                config.patchSize(), config.backboneDepth(), config.backboneHeads())
            : "";
    return String.format(
        "# DINO teacher, %s%n%n* %s%s, %d features%n",
        config.arch().key(), config.arch().key(), patches, config.backboneDim());
  }

  private static String training(TrainConfig config) {
    return String.format(
        "* Trained without labels on `%s`, views of %d pixels%n",
        Path.of(config.dataPath()).getFileName(), config.globalCropsSize());
  }

  private static String weights(Path file) throws IOException {
    return String.format(
        Locale.ROOT,
        "* Weights %.1f MB, SHA-256 `%s`%n",
        Files.size(file) / 1e6,
        MoreFiles.asByteSource(file).hash(Hashing.sha256()));
  }

  private static String row(Signature signature) {
    return String.format(
        "| `%s` | %s | %s |%n",
        signature.key(), tensors(signature.getInputs()), tensors(signature.getOutputs()));
  }

  private static String tensors(Map<String, Signature.TensorDescription> tensors) {
    StringBuilder text = new StringBuilder();
    tensors.forEach(
        (name, tensor) ->
            text.append(
                String.format(
                    "`%s` %s %s",
                    name,
                    tensor.dataType.name().replace("DT_", "").toLowerCase(Locale.ROOT),
                    tensor.shape)));
    return text.toString();
  }
}
