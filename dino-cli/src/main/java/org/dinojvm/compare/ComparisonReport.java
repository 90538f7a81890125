package org.dinojvm.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.dinojvm.files.DurableFiles;
import org.dinojvm.visual.LineChart;
import org.dinojvm.visual.LineChart.Panel;
import org.dinojvm.visual.LineChart.Series;
import org.dinojvm.visual.Png;

/** A comparison as a table, as {@code compare.json} and as a page. */
final class ComparisonReport {

  private static final double SECONDS_PER_MINUTE = 60;

  private final ComparisonPlan plan;
  private final ComparisonFolder folder;
  private final Map<String, RunHistory> histories;
  private final Map<String, Map<String, Map<String, Double>>> scores;

  /**
   * A report.
   *
   * @param histories by method
   * @param scores value by name, by evaluation, by model
   */
  ComparisonReport(
      ComparisonPlan plan,
      ComparisonFolder folder,
      Map<String, RunHistory> histories,
      Map<String, Map<String, Map<String, Double>>> scores) {
    this.plan = plan;
    this.folder = folder;
    this.histories = histories;
    this.scores = scores;
  }

  /**
   * Writes all files, and the table to the console.
   *
   * @return the page
   */
  Path write(ModelPictures pictures, PrintWriter out) throws IOException {
    folder.write("compare.json", json());
    Map<String, byte[]> drawn = new LinkedHashMap<>();
    draw("curves", curves(), drawn);
    draw("neighbours", pictures.neighbours(), drawn);
    draw("attention", pictures.attention(), drawn);
    ComparisonTable table = table();
    Path page = folder.file("index.html");
    byte[] html = ComparisonPage.html(plan, table, drawn).getBytes(UTF_8);
    DurableFiles.write(page, file -> file.write(html));
    out.printf("%n%s%n%s%n", table.text(), page);
    out.flush();
    return page;
  }

  private void draw(String name, Optional<BufferedImage> picture, Map<String, byte[]> drawn)
      throws IOException {
    if (picture.isPresent()) {
      Png.write(picture.get(), folder.file(name + ".png"));
      drawn.put(name, Png.bytes(picture.get()));
    }
  }

  /** The first number of each evaluation, such as {@code knn top1_k20}. */
  private Set<Measure> measures() {
    Set<Measure> measures = new LinkedHashSet<>();
    scores
        .values()
        .forEach(
            found ->
                found.forEach(
                    (evaluation, numbers) ->
                        numbers.keySet().stream()
                            .findFirst()
                            .ifPresent(name -> measures.add(new Measure(evaluation, name)))));
    return measures;
  }

  /** A number of an evaluation. */
  private record Measure(String evaluation, String number) {

    Optional<Double> in(Map<String, Map<String, Double>> scores) {
      return Optional.ofNullable(scores.get(evaluation)).map(numbers -> numbers.get(number));
    }

    String title() {
      return evaluation + " " + number;
    }
  }

  private ComparisonTable table() {
    List<String> columns = new ArrayList<>(List.of("minutes", "epochs", "of", "pictures"));
    measures().forEach(measure -> columns.add(measure.title()));
    ImmutableMap.Builder<String, ImmutableList<String>> rows = ImmutableMap.builder();
    scores.forEach(
        (model, found) -> {
          List<String> cells = new ArrayList<>(effort(histories.get(model)));
          measures()
              .forEach(
                  measure ->
                      cells.add(
                          measure
                              .in(found)
                              .map(value -> String.format(Locale.ROOT, "%.2f", value))
                              .orElse("-")));
          rows.put(model, ImmutableList.copyOf(cells));
        });
    return new ComparisonTable(ImmutableList.copyOf(columns), rows.buildOrThrow());
  }

  /** Minutes and epochs trained, those that schedules were laid out for, pictures seen. */
  private static List<String> effort(RunHistory history) {
    return history == null
        ? List.of("-", "-", "-", "-")
        : List.of(
            String.format(Locale.ROOT, "%.2f", history.seconds() / SECONDS_PER_MINUTE),
            String.format(Locale.ROOT, "%.1f", history.epochsTrained()),
            Integer.toString(history.epochs()),
            Long.toString(history.pictures()));
  }

  private Optional<BufferedImage> curves() {
    Optional<Measure> shown = measures().stream().findFirst();
    return shown.map(
        measure ->
            LineChart.draw(
                List.of(
                    panel(measure, "minutes", point -> point.seconds() / SECONDS_PER_MINUTE),
                    panel(measure, "pictures seen", RunHistory.Point::pictures))));
  }

  private Panel panel(Measure measure, String over, ToDoubleFunction<RunHistory.Point> x) {
    ImmutableList.Builder<Series> series = ImmutableList.builder();
    histories.forEach(
        (method, history) ->
            series.add(
                new Series(
                    method,
                    points(method, history).stream()
                        .filter(point -> measure.in(point.scores()).isPresent())
                        .map(
                            point ->
                                new LineChart.Point(
                                    x.applyAsDouble(point), measure.in(point.scores()).get()))
                        .collect(ImmutableList.toImmutableList()))));
    return new Panel(over, measure.title(), series.build());
  }

  /** From the untrained network to the last checkpoint, which may lie within an epoch. */
  private List<RunHistory.Point> points(String method, RunHistory history) {
    List<RunHistory.Point> points = new ArrayList<>();
    Map<String, Map<String, Double>> untrained = scores.get(ComparedModels.UNTRAINED);
    points.add(new RunHistory.Point(0, 0, 0, ImmutableMap.copyOf(untrained)));
    history.points().stream().filter(point -> point.step() < history.steps()).forEach(points::add);
    points.add(
        new RunHistory.Point(
            history.steps(),
            history.seconds(),
            history.pictures(),
            ImmutableMap.copyOf(scores.get(method))));
    return points;
  }

  private Map<String, Object> json() {
    Map<String, Object> models = new LinkedHashMap<>();
    scores.forEach(
        (model, found) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          RunHistory history = histories.get(model);
          if (history != null) {
            one.put("epochs", history.epochs());
            one.put("steps", history.steps());
            one.put("seconds", history.seconds());
            one.put("pictures_seen", history.pictures());
            one.put("curve", points(model, history));
          }
          one.put("scores", found);
          models.put(model, one);
        });
    return ImmutableMap.of("arguments", plan.arguments(), "models", models);
  }
}
