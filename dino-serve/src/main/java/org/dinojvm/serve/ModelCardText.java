package org.dinojvm.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A model card's facts in words and tables: {@code MODEL.md}. */
final class ModelCardText {

  private ModelCardText() {}

  /** The card as Markdown. */
  static String of(JsonNode card, Teacher teacher) throws IOException {
    ModelConfig config = teacher.config();
    StringBuilder text = new StringBuilder();
    text.append(String.format("# %s%n%n", card.get("name").asText()));
    text.append(String.format("* %s%n", architecture(card.get("architecture"))));
    if (card.has("read_out")) {
      text.append(
          String.format(
              "* What it gives as features, %s numbers, is no plain class token: %s%n",
              card.at("/read_out/features"), card.at("/read_out/are").asText()));
    }
    if (card.has("data")) {
      text.append(data(card, config));
    }
    text.append(
        String.format("* Evaluation view %s pixels%n", card.at("/evaluation_view/crop_size")));
    text.append(String.format("* %s%n", card.get("origin").asText()));
    text.append(evaluations(card));
    text.append(calls(card, config));
    text.append(files(card));
    if (teacher.recipe().isPresent()) {
      text.append(String.format("%n## Recipe%n%n```yaml%n%s```%n", teacher.recipe().get()));
    }
    return text.toString();
  }

  private static String architecture(JsonNode architecture) {
    return architecture.properties().stream()
        .map(
            fact ->
                fact.getKey().equals("arch")
                    ? fact.getValue().asText()
                    : fact.getKey().replace('_', ' ') + " " + fact.getValue().asText())
        .collect(Collectors.joining(", "));
  }

  private static String data(JsonNode card, ModelConfig config) {
    String pictures =
        card.at("/data").has("pictures") ? card.at("/data/pictures") + " pictures in " : "";
    return String.format(
        "* Trained without labels on %s`%s`, views of %d pixels%n",
        pictures, card.at("/data/folder").asText(), config.views().globalCropsSize());
  }

  private static String evaluations(JsonNode card) {
    if (!card.has("evaluations")) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    text.append(
        String.format("%n## Evaluations%n%n| evaluation | number | value |%n|---|---|---|%n"));
    for (Map.Entry<String, JsonNode> evaluation : card.get("evaluations").properties()) {
      for (Map.Entry<String, JsonNode> number : evaluation.getValue().properties()) {
        text.append(
            String.format(
                "| %s | %s | %s |%n",
                evaluation.getKey(), number.getKey(), rounded(number.getValue())));
      }
    }
    return text.toString();
  }

  private static String rounded(JsonNode number) {
    return number.isNumber()
        ? String.format(Locale.ROOT, "%.6g", number.asDouble())
        : number.asText(); // NaN
  }

  private static String calls(JsonNode card, ModelConfig config) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format("%n## How to call it%n%n| signature | input | output |%n|---|---|---|%n"));
    card.get("signatures")
        .properties()
        .forEach(
            call ->
                text.append(
                    String.format(
                        "| `%s` | %s | %s |%n",
                        call.getKey(),
                        tensors(call.getValue().get("inputs")),
                        tensors(call.getValue().get("outputs")))));
    text.append(
        String.format(
            "%n`encoded` takes JPEG, PNG, GIF or BMP bytes; `images` takes RGB in 0…1 of any size%s."
                + " Both are normalized inside. −1 is any number.%n",
            config.backbone().family().stride(config.backbone()) > 1
                ? ", of which as many patches of %1$d × %1$d are seen as fit"
                    .formatted(config.backbone().family().stride(config.backbone()))
                : ""));
    return text.toString();
  }

  private static String tensors(JsonNode tensors) {
    return tensors.properties().stream()
        .map(
            tensor ->
                String.format(
                    "`%s` %s %s",
                    tensor.getKey(),
                    tensor.getValue().get("type").asText(),
                    tensor.getValue().get("shape")))
        .collect(Collectors.joining(", "));
  }

  private static String files(JsonNode card) {
    StringBuilder text = new StringBuilder();
    text.append(String.format("%n## Files%n%n| file | bytes | SHA-256 |%n|---|---|---|%n"));
    card.get("files")
        .properties()
        .forEach(
            file ->
                text.append(
                    String.format(
                        "| `%s` | %s | `%s` |%n",
                        file.getKey(),
                        file.getValue().get("bytes"),
                        file.getValue().get("sha256").asText())));
    return text.toString();
  }
}
