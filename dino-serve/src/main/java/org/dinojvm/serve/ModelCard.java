package org.dinojvm.serve;

import static com.google.common.base.Preconditions.checkArgument;

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
import org.dinojvm.model.family.BackboneSettings;
import org.dinojvm.settings.SettingKey;
import org.dinojvm.weights.Messages;
import org.dinojvm.weights.SmallFiles;
import org.tensorflow.Signature;

/**
 * What an exported model is, how it was made and how to call it: {@code MODEL.json} for programs,
 * {@code MODEL.md} with the same for people.
 */
final class ModelCard {

  private static final String MARKDOWN = "MODEL.md";
  private static final String JSON = "MODEL.json";
  private static final String DINO = "dino";

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final YAMLMapper YAML = new YAMLMapper();

  /** Of a larger file, TensorFlow holds each tensor against a checksum of its own. */
  private static final long MAX_HASHED = 16 << 20;

  private static final String AGAIN = "Copy or export the model once more";

  private ModelCard() {}

  /**
   * Writes the card into a SavedModel folder; last, since it lists the other files.
   *
   * @param teacher what was exported
   * @param options how it differs from the network's own features
   */
  static void write(
      Path savedModel, Teacher teacher, ExportOptions options, ImmutableList<Signature> signatures)
      throws IOException {
    ObjectNode card = card(savedModel, teacher, options, signatures);
    Files.writeString(savedModel.resolve(JSON), MAPPER.writeValueAsString(card) + "\n");
    Files.writeString(savedModel.resolve(MARKDOWN), ModelCardText.of(card, teacher));
  }

  private static ObjectNode card(
      Path savedModel, Teacher teacher, ExportOptions options, ImmutableList<Signature> signatures)
      throws IOException {
    ModelConfig config = teacher.config();
    BackboneSettings backbone = config.backbone();
    ObjectNode card = MAPPER.createObjectNode();
    card.put("name", name(teacher) + ", " + backbone.arch());
    card.put("origin", teacher.origin());
    ObjectNode architecture = card.putObject("architecture").put("arch", backbone.arch());
    backbone.family().facts(backbone).forEach(architecture::put);
    architecture.put("features", config.createBackbone().embedDim());
    architecture.put("precision", SettingKey.text(options.precision()));
    options
        .readOut()
        .ifPresent(
            other ->
                card.putObject("read_out")
                    .put("features", other.features(config.createBackbone().embedDim()))
                    .put("are", other.words()));
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

  /** The method that trained it; what is not known to be another is a DINO teacher. */
  private static String name(Teacher teacher) throws IOException {
    String method =
        teacher.recipe().isPresent()
            ? YAML.readTree(teacher.recipe().get()).path("method").asText(DINO)
            : DINO;
    return method.equals(DINO) ? "DINO teacher" : method;
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
          .put("sha256", sha256(file));
    }
  }

  /**
   * Holds the files of an export against its card: by size, and by SHA-256 but for large ones.
   *
   * @throws IllegalArgumentException naming the file that is missing or another one
   */
  static void checkFiles(Path savedModel) {
    Path card = savedModel.resolve(JSON);
    if (!Files.exists(card)) {
      return; // made by another program, or before there were cards
    }
    try {
      for (Map.Entry<String, JsonNode> file :
          MAPPER.readTree(SmallFiles.read(card)).path("files").properties()) {
        checkFile(inside(savedModel, file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          card + " cannot be read: " + Messages.printable(String.valueOf(e.getMessage())), e);
    }
  }

  private static Path inside(Path savedModel, String name) throws IOException {
    Path file = savedModel.resolve(name).normalize();
    if (!file.startsWith(savedModel.normalize())) {
      throw new IOException("it lists '" + name + "', which is not in the folder");
    }
    return file;
  }

  private static void checkFile(Path file, JsonNode expected) throws IOException {
    long bytes = expected.path("bytes").asLong();
    checkArgument(Files.isRegularFile(file), "%s is missing; %s", file, AGAIN);
    checkArgument(
        Files.size(file) == bytes,
        "%s has %s bytes; the model card says %s bytes. %s",
        file,
        Files.size(file),
        bytes,
        AGAIN);
    String sha256 = expected.path("sha256").asText();
    checkArgument(
        bytes > MAX_HASHED || sha256.isEmpty() || sha256.equals(sha256(file)),
        "%s was changed or damaged: its SHA-256 is not the one in the model card. %s",
        file,
        AGAIN);
  }

  private static String sha256(Path file) throws IOException {
    return MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
  }
}
