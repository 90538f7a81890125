package org.dinojvm.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.dinojvm.model.BackboneSettings;
import org.tensorflow.Signature;

/**
 * What an exported model is, how it was made and how to call it: {@code MODEL.json} for programs,
 * {@code MODEL.md} with the same for people.
 */
final class ModelCard {

  private static final String MARKDOWN = "MODEL.md";
  private static final String JSON = "MODEL.json";

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final YAMLMapper YAML = new YAMLMapper();

  private ModelCard() {}

  /**
   * Writes the card into a SavedModel folder; last, since it lists the other files.
   *
   * @param teacher what was exported
   */
  static void write(Path savedModel, Teacher teacher, ImmutableList<Signature> signatures)
      throws IOException {
    ObjectNode card = card(savedModel, teacher, signatures);
    Files.writeString(savedModel.resolve(JSON), MAPPER.writeValueAsString(card) + "\n");
    Files.writeString(savedModel.resolve(MARKDOWN), ModelCardText.of(card, teacher));
  }

  private static ObjectNode card(
      Path savedModel, Teacher teacher, ImmutableList<Signature> signatures) throws IOException {
    ModelConfig config = teacher.config();
    BackboneSettings backbone = config.backbone();
    ObjectNode card = MAPPER.createObjectNode();
    card.put("name", "DINO teacher, " + backbone.arch());
    card.put("origin", teacher.origin());
    ObjectNode architecture = card.putObject("architecture").put("arch", backbone.arch());
    backbone.family().facts(backbone).forEach(architecture::put);
    architecture.put("features", config.createBackbone().embedDim());
    card.putObject("evaluation_view")
        .put("resize_size", config.evalView().evalResizeSize())
        .put("crop_size", config.evalView().evalCropSize())
        .put("fit", config.evalView().evalFit().name().toLowerCase(Locale.ROOT));
    if (teacher.recipe().isPresent()) {
      addTraining(card, YAML.readTree(teacher.recipe().get()), teacher.records());
    }
    ObjectNode calls = card.putObject("signatures");
    signatures.forEach(signature -> addSignature(calls, signature));
    addFiles(card.putObject("files"), savedModel);
    return card;
  }

  private static void addTraining(ObjectNode card, JsonNode recipe, RunRecords records) {
    ObjectNode data = card.putObject("data");
    data.put("folder", Path.of(recipe.path("data_path").asText()).getFileName().toString());
    records.pictures().ifPresent(pictures -> data.put("pictures", pictures));
    if (!records.evaluations().isEmpty()) {
      card.putObject("evaluations").setAll(records.evaluations());
    }
    card.set("recipe", recipe);
  }

  private static void addSignature(ObjectNode calls, Signature signature) {
    ObjectNode call = calls.putObject(signature.key());
    addTensors(call.putObject("inputs"), signature.getInputs());
    addTensors(call.putObject("outputs"), signature.getOutputs());
  }

  private static void addTensors(
      ObjectNode target, Map<String, Signature.TensorDescription> tensors) {
    tensors.forEach(
        (name, tensor) ->
            target
                .putObject(name)
                .put("type", tensor.dataType.name().replace("DT_", "").toLowerCase(Locale.ROOT))
                .set("shape", MAPPER.valueToTree(tensor.shape.asArray())));
  }

  private static void addFiles(ObjectNode target, Path savedModel) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(savedModel)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      target
          .putObject(savedModel.relativize(file).toString())
          .put("bytes", Files.size(file))
          .put("sha256", MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString());
    }
  }

  /**
   * Holds the files of an export against its card, by size.
   *
   * @throws IllegalArgumentException naming the file that is missing or of another size
   */
  static void checkFiles(Path savedModel) {
    Path card = savedModel.resolve(JSON);
    if (!Files.exists(card)) {
      return; // made by another program, or before there were cards
    }
    try {
      for (Map.Entry<String, JsonNode> file :
          MAPPER.readTree(card.toFile()).path("files").properties()) {
        checkFile(savedModel.resolve(file.getKey()), file.getValue().path("bytes").asLong());
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(card + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void checkFile(Path file, long bytes) throws IOException {
    String found = Files.exists(file) ? "has " + Files.size(file) + " bytes" : "is missing";
    if (!found.equals("has " + bytes + " bytes")) {
      throw new IllegalArgumentException(
          "%s %s; the model card says %d bytes. Copy or export the model once more"
              .formatted(file, found, bytes));
    }
  }
}
