package org.dinojvm.compare;

import com.google.common.collect.ImmutableMap;
import com.google.common.html.HtmlEscapers;
import java.util.Base64;
import java.util.Map;

/** The page of a comparison: one file of HTML with all of its pictures in it. */
final class ComparisonPage {

  private static final ImmutableMap<String, String> HEADINGS =
      ImmutableMap.of(
          "curves", "Over time and over pictures seen",
          "neighbours", "Who finds which neighbours",
          "attention", "Where each one looks");

  private static final String STYLE =
      """
      body { font: 15px/1.5 sans-serif; color: #1f2328; max-width: 1300px; margin: 2em auto; }
      table { border-collapse: collapse; }
      td, th { padding: .3em .8em; text-align: right; border-bottom: 1px solid #d8dee4; }
      td:first-child { text-align: left; font-weight: bold; }
      img { max-width: 100%; }
      """;

  private ComparisonPage() {}

  /**
   * The page.
   *
   * @param pictures PNGs by name
   */
  static String html(ComparisonPlan plan, ComparisonTable table, Map<String, byte[]> pictures) {
    StringBuilder html = new StringBuilder();
    html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<title>Self-supervised methods compared</title><style>\n")
        .append(STYLE)
        .append("</style></head><body>\n<h1>Self-supervised methods compared</h1>\n");
    html.append(
            "<p>Time is that of training steps alone. Pictures count once for all of their views.")
        .append(" \u201cof\u201d is the number of epochs that schedules were laid out for.</p>\n");
    appendTable(html, table);
    pictures.forEach(
        (name, png) ->
            html.append("<h2>")
                .append(HEADINGS.get(name))
                .append("</h2>\n<img alt=\"")
                .append(name)
                .append("\" src=\"data:image/png;base64,")
                .append(Base64.getEncoder().encodeToString(png))
                .append("\">\n"));
    html.append("<h2>Arguments</h2>\n<table>\n");
    plan.arguments()
        .forEach(
            (key, text) ->
                html.append("<tr>").append(cell(key)).append(cell(text)).append("</tr>\n"));
    return html.append("</table>\n</body></html>\n").toString();
  }

  private static void appendTable(StringBuilder html, ComparisonTable table) {
    html.append("<table>\n<tr><th></th>");
    table.columns().forEach(column -> html.append("<th>").append(escaped(column)).append("</th>"));
    html.append("</tr>\n");
    table
        .rows()
        .forEach(
            (model, cells) -> {
              html.append("<tr>").append(cell(model));
              cells.forEach(text -> html.append(cell(text)));
              html.append("</tr>\n");
            });
    html.append("</table>\n");
  }

  private static String cell(String text) {
    return "<td>" + escaped(text) + "</td>";
  }

  private static String escaped(String text) {
    return HtmlEscapers.htmlEscaper().escape(text);
  }
}
