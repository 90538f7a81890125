package org.dinojvm.eval;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableTable;
import java.util.Formatter;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The same numbers of several models side by side.
 *
 * @param numbers value by the name of the number and of the model
 */
public record Comparison(ImmutableTable<String, String, Double> numbers) {

  /** What was found of each model, by its name. */
  public static Comparison of(ImmutableMap<String, Findings> models) {
    ImmutableTable.Builder<String, String, Double> numbers = ImmutableTable.builder();
    Set<String> names = new LinkedHashSet<>();
    models.values().forEach(findings -> names.addAll(findings.numbers().keySet()));
    for (String name : names) {
      models.forEach(
          (model, findings) -> {
            if (findings.numbers().containsKey(name)) {
              numbers.put(name, model, findings.numbers().get(name));
            }
          });
    }
    return new Comparison(numbers.build());
  }

  /** A line for each number, a column for each model; a dash where a model has none. */
  public String table() {
    ImmutableSet<String> models = numbers.columnKeySet();
    int width = numbers.rowKeySet().stream().mapToInt(String::length).max().orElse(0);
    Formatter table = new Formatter(Locale.ROOT);
    table.format("%-" + Math.max(width, 1) + "s", "");
    models.forEach(model -> table.format("  %12s", model));
    table.format("%n");
    for (String name : numbers.rowKeySet()) {
      table.format("%-" + width + "s", name);
      for (String model : models) {
        Double value = numbers.get(name, model);
        table.format("  %12s", value == null ? "-" : String.format(Locale.ROOT, "%.4g", value));
      }
      table.format("%n");
    }
    return table.toString();
  }
}
