package org.dinojvm.cli.console;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableTable;
import java.util.Formatter;
import java.util.Locale;
import java.util.Map;
import org.dinojvm.data.source.Progress;
import org.dinojvm.eval.EvaluationData;
import org.dinojvm.eval.EvaluationInputs;
import org.dinojvm.eval.Evaluations;
import org.dinojvm.serve.FeatureModel;

/**
 * What models know of the same pictures, for people: which class a picture has, by its neighbours,
 * and which picture it is, by a changed copy of it; by features as they are and whitened. A model
 * without patches, such as raw pixels, has the same features for all of them.
 *
 * @param percentages by row and model
 */
public record SideBySide(ImmutableTable<String, String, Double> percentages) {

  private static final String NEIGHBOURS = "10,20";

  /** Pictures that copies are made of. */
  private static final String COPIED = "100";

  private static final String WHITENED = ", whitened";

  private static final String POWER = "whitening_power";

  /** What is taken for features of a picture. */
  private enum Readout {
    CLASS_TOKEN("cls", false, ""),
    WHITENED_CLASS_TOKEN("cls", true, WHITENED),
    WHITENED_TOKENS("cls+mean", true, WHITENED + ", with patches");

    private final String features;
    private final boolean whiten;
    private final String words;

    Readout(String features, boolean whiten, String words) {
      this.features = features;
      this.whiten = whiten;
      this.words = words;
    }
  }

  /** What is said of a kind of copy, by its name in {@code evaluate copies}. */
  private static final ImmutableMap<String, String> COPIES =
      ImmutableMap.of(
          "crop", "cut to half",
          "mirror_rotate", "mirrored and turned",
          "gray", "without colors",
          "recolor", "recolored",
          "blur", "blurred");

  /**
   * Evaluates models.
   *
   * @param models by name
   * @param data with labels
   * @param whitening power of the eigenvalues that principal components are divided by
   */
  public static SideBySide of(
      ImmutableMap<String, FeatureModel> models, EvaluationData data, double whitening) {
    String power = Double.toString(whitening);
    ImmutableTable.Builder<String, String, Double> all = ImmutableTable.builder();
    models.forEach(
        (name, model) -> {
          EvaluationInputs in = new EvaluationInputs(model, data, Progress.NONE);
          for (Readout readout : Readout.values()) {
            neighbours(in, readout, power).forEach((row, value) -> all.put(row, name, value));
          }
          copies(in, power).forEach((row, value) -> all.put(row, name, value));
        });
    return new SideBySide(all.build());
  }

  private static ImmutableMap<String, Double> neighbours(
      EvaluationInputs in, Readout readout, String power) {
    ImmutableMap<String, Double> found =
        Evaluations.get("knn")
            .configured(
                Map.of(
                    "k",
                    NEIGHBOURS,
                    "features",
                    in.model().hasBlocks() ? readout.features : "cls",
                    "whiten",
                    Boolean.toString(readout.whiten),
                    POWER,
                    power))
            .evaluate(in)
            .numbers();
    ImmutableMap.Builder<String, Double> rows = ImmutableMap.builder();
    for (String k : NEIGHBOURS.split(",", -1)) {
      rows.put("class by " + k + " neighbours" + readout.words, found.get("top1_k" + k));
    }
    return rows.buildOrThrow();
  }

  private static ImmutableMap<String, Double> copies(EvaluationInputs in, String power) {
    ImmutableMap<String, Double> found =
        Evaluations.get("copies")
            .create(Map.of("count", COPIED, POWER, power))
            .evaluate(in)
            .numbers();
    ImmutableMap.Builder<String, Double> rows = ImmutableMap.builder();
    for (String suffix : new String[] {"", "_whitened"}) {
      COPIES.forEach(
          (attack, words) ->
              rows.put(
                  "found again " + words + (suffix.isEmpty() ? "" : WHITENED),
                  100 * found.get("recall1_" + attack + suffix)));
    }
    return rows.buildOrThrow();
  }

  /** A line for each row, a column for each model. */
  public String table() {
    int width = percentages.rowKeySet().stream().mapToInt(String::length).max().orElse(1);
    Formatter table = new Formatter(Locale.ROOT);
    table.format("%-" + width + "s", "%");
    percentages.columnKeySet().forEach(model -> table.format("%13s", model));
    percentages
        .rowMap()
        .forEach(
            (row, values) ->
                table.format(
                    "%n%-" + width + "s%s",
                    row,
                    values.values().stream()
                        .map(value -> String.format(Locale.ROOT, "%13.1f", value))
                        .collect(joining())));
    return table.toString();
  }
}
