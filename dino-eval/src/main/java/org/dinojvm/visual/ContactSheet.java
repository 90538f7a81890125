package org.dinojvm.visual;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A page of square pictures in rows and columns, with a caption above each column and two lines of
 * text before each row.
 */
final class ContactSheet {

  private static final Logger log = LoggerFactory.getLogger(ContactSheet.class);

  private static final int MARGIN = 24;
  private static final int GAP = 8;
  private static final int HEADER = 30;
  private static final int ROW_TITLE = 168;
  private static final int FRAME = 4;

  private static final Color PAPER = Color.WHITE;
  private static final Color INK = new Color(0x1f2328);
  private static final Color PALE_INK = new Color(0x6e7781);
  private static final Color HAIRLINE = new Color(0xd8dee4);

  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 14);
  private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

  /** Whether text can be drawn at all. */
  static final boolean HAS_FONTS = hasFonts();

  private final int side;
  private final BufferedImage page;
  private final Graphics2D graphics;

  /** An empty page for {@code rows} rows of squares of {@code side} pixels. */
  ContactSheet(List<String> columnTitles, int rows, int side) {
    this.side = side;
    this.page =
        new BufferedImage(
            left(columnTitles.size()) - GAP + MARGIN,
            top(rows) - GAP + MARGIN,
            BufferedImage.TYPE_INT_RGB);
    this.graphics = page.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(PAPER);
    graphics.fillRect(0, 0, page.getWidth(), page.getHeight());
    for (int column = 0; column < columnTitles.size(); column++) {
      drawCentred(columnTitles.get(column), left(column), MARGIN + HEADER - 14);
    }
  }

  /** Names a row: a bold line, and a pale one under it. */
  void title(int row, String title, String subtitle) {
    int middle = top(row) + side / 2;
    drawText(title, TITLE, INK, MARGIN, middle - 3);
    drawText(subtitle, TEXT, PALE_INK, MARGIN, middle + 15);
  }

  /** Places a picture, {@code side} pixels square, under a hairline. */
  void place(int row, int column, BufferedImage picture) {
    graphics.drawImage(picture, left(column), top(row), side, side, null);
    graphics.setColor(HAIRLINE);
    graphics.setStroke(new BasicStroke(1));
    graphics.drawRect(left(column) - 1, top(row) - 1, side + 1, side + 1);
  }

  /** Draws a thick frame of a colour over a picture's edge. */
  void frame(int row, int column, Color color) {
    graphics.setColor(color);
    graphics.setStroke(new BasicStroke(FRAME));
    int inset = FRAME / 2;
    graphics.drawRect(left(column) + inset, top(row) + inset, side - FRAME, side - FRAME);
  }

  /** The finished page; nothing can be drawn on it afterwards. */
  BufferedImage finish() {
    graphics.dispose();
    return page;
  }

  private int left(int column) {
    return MARGIN + ROW_TITLE + column * (side + GAP);
  }

  private int top(int row) {
    return MARGIN + HEADER + row * (side + GAP);
  }

  private void drawCentred(String text, int left, int baseline) {
    int width = HAS_FONTS ? graphics.getFontMetrics(TITLE).stringWidth(text) : 0;
    drawText(text, TITLE, INK, left + (side - width) / 2, baseline);
  }

  private void drawText(String text, Font font, Color color, int left, int baseline) {
    if (!HAS_FONTS) {
      return;
    }
    graphics.setFont(font);
    graphics.setColor(color);
    graphics.drawString(shortened(text, graphics.getFontMetrics()), left, baseline);
  }

  /** Cuts a text that is wider than its column in the middle, where file names differ least. */
  private String shortened(String text, FontMetrics metrics) {
    int room = ROW_TITLE - 2 * GAP;
    String shortened = text;
    for (int kept = text.length() - 1; metrics.stringWidth(shortened) > room && kept > 1; kept--) {
      shortened =
          text.substring(0, (kept + 1) / 2) + "…" + text.substring(text.length() - kept / 2);
    }
    return shortened;
  }

  /** A bare container may come without fonts; a page without captions is better than none. */
  private static boolean hasFonts() {
    Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      return graphics.getFontMetrics(TITLE).stringWidth("head") > 0;
    } catch (RuntimeException | InternalError | LinkageError e) {
      log.warn(
          "this machine has no fonts: pages are drawn without captions"
              + " (on Debian and Ubuntu: apt-get install fontconfig fonts-dejavu-core)");
      return false;
    } finally {
      graphics.dispose();
    }
  }
}
