package org.dinojvm.visual;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/**
 * Numbers over numbers as lines in a frame, with a legend beside it: panels of the same series over
 * different quantities, side by side.
 */
public final class LineChart {

  private static final int WIDTH = 460;
  private static final int HEIGHT = 340;
  private static final int LEFT = 64;
  private static final int TOP = 40;
  private static final int BOTTOM = 52;
  private static final int LEGEND = 170;
  private static final int TICKS = 5;
  private static final int DOT = 6;

  private static final Color INK = new Color(0x1f2328);
  private static final Color HAIRLINE = new Color(0xd8dee4);
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 14);
  private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

  /** Paul Tol's bright scheme, which color-blind readers can tell apart; then again in dashes. */
  private static final ImmutableList<Color> COLORS =
      ImmutableList.of(
          new Color(0x4477aa),
          new Color(0xee6677),
          new Color(0x228833),
          new Color(0xccbb44),
          new Color(0x66ccee),
          new Color(0xaa3377));

  private LineChart() {}

  /** A point of a line. */
  public record Point(double x, double y) {}

  /**
   * A line.
   *
   * @param points from left to right; a line of one point is drawn as that point
   */
  public record Series(String name, ImmutableList<Point> points) {}

  /** A frame with lines in it; those of one place in the list have one color in all panels. */
  public record Panel(String xLabel, String yLabel, ImmutableList<Series> series) {}

  /** Draws panels from left to right. */
  public static BufferedImage draw(List<Panel> panels) {
    checkArgument(!panels.isEmpty(), "a chart needs a panel");
    BufferedImage chart =
        new BufferedImage(panels.size() * WIDTH + LEGEND, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = chart.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, chart.getWidth(), chart.getHeight());
    for (int i = 0; i < panels.size(); i++) {
      new Frame(graphics, i * WIDTH, panels.get(i)).draw();
    }
    drawLegend(graphics, panels.size() * WIDTH, panels.get(0).series());
    graphics.dispose();
    return chart;
  }

  private static Color color(int series) {
    return COLORS.get(series % COLORS.size());
  }

  private static BasicStroke stroke(int series) {
    return series < COLORS.size()
        ? new BasicStroke(2)
        : new BasicStroke(
            2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {6, 4}, 0);
  }

  private static void drawLegend(Graphics2D graphics, int left, List<Series> series) {
    for (int i = 0; i < series.size(); i++) {
      int y = TOP + 8 + 20 * i;
      graphics.setColor(color(i));
      graphics.setStroke(stroke(i));
      graphics.drawLine(left + 6, y, left + 30, y);
      drawText(graphics, series.get(i).name(), TEXT, left + 36, y + 4);
    }
  }

  private static void drawText(Graphics2D graphics, String text, Font font, int left, int y) {
    if (ContactSheet.HAS_FONTS) {
      graphics.setColor(INK);
      graphics.setFont(font);
      graphics.drawString(text, left, y);
    }
  }

  /** One panel's place on the chart and its scales, which hold all points. */
  private static final class Frame {

    private final Graphics2D graphics;
    private final int left;
    private final Panel panel;
    private final double mostX;
    private final double leastY;
    private final double mostY;

    Frame(Graphics2D graphics, int left, Panel panel) {
      this.graphics = graphics;
      this.left = left + LEFT;
      this.panel = panel;
      List<Point> all = panel.series().stream().flatMap(line -> line.points().stream()).toList();
      double greatest = all.stream().mapToDouble(Point::x).max().orElse(1);
      mostX = greatest > 0 ? greatest : 1;
      double low = all.stream().mapToDouble(Point::y).min().orElse(0);
      double high = all.stream().mapToDouble(Point::y).max().orElse(1);
      double margin = high > low ? 0.05 * (high - low) : 1;
      leastY = low - margin;
      mostY = high + margin;
    }

    void draw() {
      drawGrid();
      drawText(graphics, panel.yLabel(), TITLE, left, TOP - 14);
      drawText(graphics, panel.xLabel(), TEXT, left + plotWidth() / 2 - 40, HEIGHT - 12);
      for (int i = 0; i < panel.series().size(); i++) {
        drawLine(panel.series().get(i), color(i), stroke(i));
      }
    }

    private void drawGrid() {
      graphics.setStroke(new BasicStroke(1));
      for (int tick = 0; tick <= TICKS; tick++) {
        double x = mostX * tick / TICKS;
        double y = leastY + (mostY - leastY) * tick / TICKS;
        graphics.setColor(HAIRLINE);
        graphics.drawLine(x(x), TOP, x(x), HEIGHT - BOTTOM);
        graphics.drawLine(left, y(y), left + plotWidth(), y(y));
        drawText(graphics, number(x), TEXT, x(x) - 10, HEIGHT - BOTTOM + 16);
        drawText(graphics, number(y), TEXT, left - 40, y(y) + 4);
      }
    }

    private void drawLine(Series line, Color color, BasicStroke stroke) {
      graphics.setColor(color);
      graphics.setStroke(stroke);
      Point before = null;
      for (Point point : line.points()) {
        graphics.fillOval(x(point.x()) - DOT / 2, y(point.y()) - DOT / 2, DOT, DOT);
        if (before != null) {
          graphics.drawLine(x(before.x()), y(before.y()), x(point.x()), y(point.y()));
        }
        before = point;
      }
    }

    private int plotWidth() {
      return WIDTH - LEFT - 20;
    }

    private int x(double value) {
      return left + (int) Math.round(plotWidth() * value / mostX);
    }

    private int y(double value) {
      double share = (value - leastY) / (mostY - leastY);
      return HEIGHT - BOTTOM - (int) Math.round((HEIGHT - BOTTOM - TOP) * share);
    }

    private static String number(double value) {
      if (value >= 10_000) {
        return String.format(Locale.ROOT, "%.0fk", value / 1000);
      }
      String format = Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 2 ? "%.1f" : "%.2f";
      return String.format(Locale.ROOT, format, value);
    }
  }
}
