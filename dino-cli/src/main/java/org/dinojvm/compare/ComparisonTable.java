package org.dinojvm.compare;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Formatter;
import java.util.Locale;

/**
 * Cells of text, a row for each model.
 *
 * @param rows cells by model, as many as there are columns
 */
record ComparisonTable(
    ImmutableList<String> columns, ImmutableMap<String, ImmutableList<String>> rows) {

  /** The table in lines for a console, each column as wide as it must be. */
  String text() {
    Formatter text = new Formatter(Locale.ROOT);
    int names = rows.keySet().stream().mapToInt(String::length).max().orElse(1);
    text.format("%-" + names + "s", "");
    columns.forEach(column -> text.format("  %" + width(columns.indexOf(column)) + "s", column));
    text.format("%n");
    rows.forEach(
        (model, cells) -> {
          text.format("%-" + names + "s", model);
          for (int column = 0; column < cells.size(); column++) {
            text.format("  %" + width(column) + "s", cells.get(column));
          }
          text.format("%n");
        });
    return text.toString();
  }

  private int width(int column) {
    int widest =
        rows.values().stream().mapToInt(cells -> cells.get(column).length()).max().orElse(0);
    return Math.max(widest, columns.get(column).length());
  }
}
